// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// report prints one line for each step.
type report struct {
	out  io.Writer
	live bool // a terminal: colors, and a line that is replaced when its step ends
}

func newReport(out *os.File) *report {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &report{out: out, live: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// SGR parameters of a terminal.
const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
)

func (r *report) paint(style, text string) string {
	if !r.live {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (r *report) println(style, text string) { fmt.Fprintln(r.out, r.paint(style, text)) }

// step is a line of the report. Its function returns the result to print; lines after the first are
// printed below.
type step struct {
	name string
	do   func(context.Context) (string, error)
}

// section prints a heading and runs steps until one fails.
func (r *report) section(ctx context.Context, heading string, steps ...step) error {
	r.println(bold, "\n"+heading)
	for _, s := range steps {
		if r.live {
			fmt.Fprintf(r.out, "  … %s", s.name)
		}
		started := time.Now()
		result, err := s.do(ctx)
		if r.live {
			fmt.Fprint(r.out, "\r\x1b[K")
		}
		mark := r.paint(green, "✓")
		if err != nil {
			mark, result = r.paint(red, "✗"), ""
		}
		first, more, _ := strings.Cut(result, "\n")
		fmt.Fprintf(r.out, "  %s %-22s%-72s%s\n", mark, s.name, first, r.paint(faint, fmt.Sprintf("%5.1f s", time.Since(started).Seconds())))
		if more != "" {
			r.println(faint, strings.Repeat(" ", 26)+more)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// failure prints why the demo failed.
func (r *report) failure(ctx context.Context, err error) {
	if ctx.Err() != nil {
		fmt.Fprintln(r.out, "\nInterrupted. All processes are stopped and all files removed.")
		return
	}
	r.println(red, "\nThe demo failed: "+err.Error())
}
