// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

// Again is a client that shares with c what it knows of limits, and nothing else: alike reads of one
// client at once would be one.
func (c *Client) Again() *Client {
	made, err := New(c.config)
	if err != nil {
		panic(err)
	}
	return made
}
