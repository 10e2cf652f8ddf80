// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// report tells a person what happens, a line a step.
type report struct {
	out  io.Writer
	live bool // a terminal: colours, and a line that is rewritten when its step ends
}

func newReport(out *os.File) *report {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &report{out: out, live: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

const (
	bold  = "1"
	green = "32"
	red   = "31"
	faint = "2"
)

func (r *report) paint(style, text string) string {
	if !r.live {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (r *report) title(text, under string) {
	fmt.Fprintln(r.out)
	if text != "" {
		fmt.Fprintln(r.out, r.paint(bold, text))
	}
	fmt.Fprintln(r.out, r.paint(faint, under))
}

func (r *report) heading(text string) {
	fmt.Fprintf(r.out, "\n%s\n", r.paint(bold, text))
}

// Columns, in characters.
const (
	nameWidth = 22
	saidWidth = 72
)

// step runs what it names and prints what that says of itself, and how long it took. What it says
// after its first line stands below.
func (r *report) step(name string, do func() (string, error)) error {
	name = pad(name, nameWidth)
	if r.live {
		fmt.Fprintf(r.out, "  … %s", name)
	}
	started := time.Now()
	said, err := do()
	if r.live {
		fmt.Fprint(r.out, "\r\x1b[K")
	}
	mark, style := "✓", green
	if err != nil {
		mark, style, said = "✗", red, "" // the error is told at the end
	}
	first, more, _ := strings.Cut(said, "\n")
	fmt.Fprintf(r.out, "  %s %s%s%s\n", r.paint(style, mark), name, pad(first, saidWidth), r.paint(faint, fmt.Sprintf("%5.1f s", time.Since(started).Seconds())))
	if more != "" {
		fmt.Fprintln(r.out, strings.Repeat(" ", 4+nameWidth)+r.paint(faint, more))
	}
	return err
}

// failure says why the showing ended before its end.
func (r *report) failure(ctx context.Context, err error) {
	fmt.Fprintln(r.out)
	if ctx.Err() != nil {
		fmt.Fprintln(r.out, "Interrupted; everything that was started is stopped and removed.")
		return
	}
	fmt.Fprintln(r.out, r.paint(red, "The demo failed: "+err.Error()))
	if failed, ok := errors.AsType[*commandError](err); ok {
		fmt.Fprintf(r.out, "\n%s\n", strings.TrimSpace(failed.output))
	}
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}
