package api

import "time"

// StatusResponse answers GET /status.
type StatusResponse struct {
	Date    time.Time `json:"date"`
	Message string    `json:"message"`
}
