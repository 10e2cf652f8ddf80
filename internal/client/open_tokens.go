package client

import (
	"context"
	"errors"
	"sync"
)

// OpenTokens is the register of the access tokens that this process opened, the providers' own
// and those of ephemeral resources. Terraform closes nothing after a failure or an interrupt, so
// whoever ends the process revokes what is left.
type OpenTokens struct {
	mu     sync.Mutex
	open   map[Secret]*Client
	logins int           // under way
	ended  chan struct{} // closed when the next of them ends
}

// NewOpenTokens is an empty register.
func NewOpenTokens() *OpenTokens {
	return &OpenTokens{open: map[Secret]*Client{}, ended: make(chan struct{})}
}

// Len is the number of tokens that are open.
func (o *OpenTokens) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}

// RevokeAll revokes the tokens that are open, all at once, and those of logins still under way as
// they come, until ctx ends. The error joins those of the tokens that could not be revoked, which
// live on until they expire.
func (o *OpenTokens) RevokeAll(ctx context.Context) error {
	var failures []error
	for {
		left, logins, ended := o.take()
		results := make(chan error, len(left))
		for token, client := range left {
			go func() { results <- client.Revoke(ctx, token) }()
		}
		for range left {
			select {
			case err := <-results:
				failures = append(failures, err)
			case <-ctx.Done():
				return errors.Join(append(failures, ctx.Err())...)
			}
		}
		if logins == 0 {
			return errors.Join(failures...)
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return errors.Join(append(failures, ctx.Err())...)
		}
	}
}

// take empties the register.
func (o *OpenTokens) take() (left map[Secret]*Client, logins int, ended <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	left, o.open = o.open, map[Secret]*Client{}
	return left, o.logins, o.ended
}

// loggingIn runs a login, so that RevokeAll knows of it, and remembers its token.
func (o *OpenTokens) loggingIn(c *Client, login func() (Token, error)) (Token, error) {
	o.mu.Lock()
	o.logins++
	o.mu.Unlock()
	token, err := login()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.logins--
	close(o.ended)
	o.ended = make(chan struct{})
	if err == nil {
		o.open[token.AccessToken] = c
	}
	return token, err
}

func (o *OpenTokens) forget(token Secret) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, token)
}
