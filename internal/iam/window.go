// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// relative is the mode of a window that a start and a range make.
const relative = "relative"

// WindowInput is what a caller says of when a role or privilege counts.
type WindowInput struct {
	Temporary bool
	Mode      string // empty, or relative: there is no other
	Range     string // "1h", from Start
	Start     *time.Time
}

// units of a range. A year is 365.25 days, as the servers have it.
var units = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour,
	"d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "y": 8766 * time.Hour,
}

var rangeForm = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(ms|s|m|h|d|w|y)$`)

func parseRange(field, text string) (time.Duration, error) {
	match := rangeForm.FindStringSubmatch(text)
	if match == nil {
		return 0, invalid(field, "%s must be a number and a unit, such as 1h or 2d; the units are ms, s, m, h, d, w and y", field)
	}
	number, err := strconv.ParseFloat(match[1], 64)
	length := number * float64(units[match[2]])
	switch {
	case err != nil || length > math.MaxInt64/2:
		return 0, invalid(field, "%s is too long", field)
	case length < float64(time.Microsecond):
		return 0, invalid(field, "%s must be longer than nothing", field)
	}
	return time.Duration(length), nil
}

// window reads what was sent. Nothing but Temporary counts where it is false: clients fill in the
// rest as they like. Where names the place of the fields for a refusal.
func (in WindowInput) window(where string) (Window, error) {
	if !in.Temporary {
		return Window{}, nil
	}
	if in.Mode != "" && in.Mode != relative {
		return Window{}, invalid(where+"temporaryMode", "%stemporaryMode must be %s", where, relative)
	}
	if in.Range == "" || in.Start == nil {
		return Window{}, Errorf(BadRequest, "Temporary role must have access start time and range")
	}
	length, err := parseRange(where+"temporaryRange", in.Range)
	if err != nil {
		return Window{}, err
	}
	start := in.Start.UTC().Truncate(time.Millisecond)
	return Window{Range: in.Range, Start: start, End: start.Add(length)}, nil
}

// Temporary tells a window from for ever.
func (w Window) Temporary() bool { return w.Range != "" }

// holds reports whether what has this window counts: from its start until just before its end.
func (w Window) holds(now time.Time) bool {
	return !w.Temporary() || !now.Before(w.Start) && now.Before(w.End)
}

func (w Window) over(now time.Time) bool { return w.Temporary() && !now.Before(w.End) }

// covers reports whether w holds as long as the other does, from now on.
func (w Window) covers(other Window, now time.Time) bool {
	if !w.Temporary() {
		return true
	}
	from := other.Start
	if from.Before(now) {
		from = now
	}
	return other.Temporary() && !w.Start.After(from) && !w.End.Before(other.End)
}
