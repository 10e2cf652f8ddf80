// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// window is the column form of an iam.Window. A window without a range is permanent, so that start and
// end may be any time, including the zero time and 1970.
type window struct {
	length     string
	start, end int64 // microseconds since 1970
}

func windowOf(w iam.Window) window {
	if w.Range == "" {
		return window{}
	}
	return window{length: w.Range, start: w.Start.UnixMicro(), end: w.End.UnixMicro()}
}

func (w window) window() iam.Window {
	if w.length == "" {
		return iam.Window{}
	}
	return iam.Window{Range: w.length, Start: time.UnixMicro(w.start).UTC(), End: time.UnixMicro(w.end).UTC()}
}
