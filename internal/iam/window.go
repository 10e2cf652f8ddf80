// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// relative is the mode of a window with a start and a range.
const relative = "relative"

// WindowInput contains the fields of a request for a temporary role or privilege.
type WindowInput struct {
	Temporary bool
	Mode      string // empty or relative
	Range     string // a number and a unit, such as 1h
	Start     *time.Time
}

// units are the units of a range. A year has 365.25 days, as on the vendor's servers.
var units = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour,
	"d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "y": 8766 * time.Hour,
}

var rangePattern = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(ms|s|m|h|d|w|y)$`)

// parseRange parses a number and a unit. The result is at least a microsecond and at most half of what a
// time.Duration can hold.
func parseRange(field, text string) (time.Duration, error) {
	match := rangePattern.FindStringSubmatch(text)
	if match == nil {
		return 0, invalid(field, "%s must be a number and a unit, such as 1h or 2d; the units are ms, s, m, h, d, w and y", field)
	}
	number, err := strconv.ParseFloat(match[1], 64)
	length := number * float64(units[match[2]])
	switch {
	case err != nil || length > math.MaxInt64/2:
		return 0, invalid(field, "%s is too long", field)
	case length < float64(time.Microsecond):
		return 0, invalid(field, "%s must be greater than zero", field)
	}
	return time.Duration(length), nil
}

// endOfTime bounds the end of a window. JSON cannot hold a time after the year 9999 (RFC 3339), so that
// no listing with such a window could be encoded.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// window returns the window of the request. If Temporary is false, the other fields are ignored, since
// clients send any value then. prefix is put before the field names in errors.
func (in WindowInput) window(prefix string) (Window, error) {
	if !in.Temporary {
		return Window{}, nil
	}
	if in.Mode != "" && in.Mode != relative {
		return Window{}, invalid(prefix+"temporaryMode", "%stemporaryMode must be %s", prefix, relative)
	}
	if in.Range == "" || in.Start == nil {
		return Window{}, Errorf(BadRequest, "Temporary role must have access start time and range")
	}
	length, err := parseRange(prefix+"temporaryRange", in.Range)
	if err != nil {
		return Window{}, err
	}
	start := in.Start.UTC().Truncate(time.Millisecond)
	end := start.Add(length)
	switch {
	case start.Year() < 1:
		return Window{}, invalid(prefix+"temporaryAccessStartTime", "%stemporaryAccessStartTime must not be before the year 1", prefix)
	case !end.Before(endOfTime):
		return Window{}, invalid(prefix+"temporaryRange", "%stemporaryRange must end before 9999-12-31, and ends at %s", prefix, end.Format("2006-01-02"))
	}
	return Window{Range: in.Range, Start: start, End: end}, nil
}

// Temporary reports whether the window is not permanent.
func (w Window) Temporary() bool { return w.Range != "" }

// active reports whether the window is active: from its start until just before its end.
func (w Window) active(now time.Time) bool {
	return !w.Temporary() || !now.Before(w.Start) && now.Before(w.End)
}

// over reports whether the window has ended.
func (w Window) over(now time.Time) bool { return w.Temporary() && !now.Before(w.End) }

// covers reports whether, from now on, w is active whenever the other window is.
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
