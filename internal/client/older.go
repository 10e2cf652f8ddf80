// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

// either calls the newer route of an operation or, where the server lacks it, the older one. What
// the server lacks is remembered, so that it is asked once.
func either[T any](c *Client, op string, newer, older func() (T, error)) (T, error) {
	if _, lacking := c.lacking.Load(op); !lacking {
		answer, err := newer()
		if !IsNoRoute(err) {
			return answer, err
		}
		c.lacking.Store(op, true)
	}
	return older()
}
