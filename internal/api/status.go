// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// StatusResponse is the response to GET /status.
type StatusResponse struct {
	Date    time.Time `json:"date"`
	Message string    `json:"message"`
}
