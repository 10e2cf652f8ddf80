// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

// Again returns a client that shares the Pacer of c. Concurrent equal reads of one client would share a
// request.
func (c *Client) Again() *Client {
	made, err := New(c.config)
	if err != nil {
		panic(err)
	}
	return made
}
