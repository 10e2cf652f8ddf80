package client

import (
	"net/http"
	"time"
)

// Now is the time by the server's clock, which decides on what has expired: this machine's, put
// right by the Date of the server's last answer. Until one came it is this machine's.
func (c *Client) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// heard takes the server's time from an answer. It is right to a second and what the answer took.
func (c *Client) heard(header http.Header) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		c.ahead.Store(int64(time.Until(date)))
	}
}
