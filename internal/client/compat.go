// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

// withFallback calls the current route of an operation or, if the server does not have it, the older
// one. A missing route is remembered, so it costs one request per client.
func withFallback[T any](c *Client, op string, current, older func() (T, error)) (T, error) {
	if _, missing := c.missingRoutes.Load(op); !missing {
		result, err := current()
		if !IsNoRoute(err) {
			return result, err
		}
		c.missingRoutes.Store(op, true)
	}
	return older()
}
