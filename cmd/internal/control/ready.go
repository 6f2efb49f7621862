package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// notReady is how /readyz begins where it says no.
const notReady = "not ready: "

// Ready asks whether the daemon serves, as /readyz says: nil, ErrNotReady with the
// daemon's reason, or ErrSilent where it says nothing within the client's bound.
func (c *Client) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.silence, ErrSilent)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://daemon/readyz", http.NoBody)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return wrap(ctx, err)
	}
	defer func() { _ = res.Body.Close() }() // read, or of no more use
	text, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	switch {
	case err != nil:
		return wrap(ctx, err)
	case res.StatusCode == http.StatusOK:
		return nil
	case res.StatusCode == http.StatusServiceUnavailable:
		return fmt.Errorf("%w: %s", ErrNotReady, strings.TrimPrefix(strings.TrimSpace(string(text)), notReady))
	}
	return fmt.Errorf("the daemon answered %s", res.Status)
}
