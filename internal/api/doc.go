// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package api defines the requests and responses of the identity API, which the
// client and the server share. It has the names, the shapes and the bounds of
// the contract, and no behavior.
//
// Times are ISO-8601 in UTC; durations are whole seconds. In a request a nil
// pointer or slice is left out ("keep", or "the default" on creation), while a
// pointer to a zero value is sent, so that every field can be cleared. In a
// response a nil pointer or slice means that the server does not send the
// field, which is not the same as an empty value: older servers and listings leave
// fields out.
package api

// Prefix is what every path of the API starts with, below the host.
const Prefix = "/api"
