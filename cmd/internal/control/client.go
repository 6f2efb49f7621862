package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"sluice/storage"
)

// Client asks a daemon.
type Client struct {
	http    *http.Client
	silence time.Duration
}

// Dial connects to the daemon on the socket: ErrNoDaemon when nobody listens,
// ErrSilent when it does not answer within silence. The same bound holds later
// for each wait for a sign of life.
func Dial(ctx context.Context, path string, silence time.Duration) (*Client, error) {
	c := &Client{silence: silence, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
	}}}
	bounded, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	conn, err := dial(bounded, path)
	switch {
	case err == nil:
		return c, conn.Close()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return nil, ErrNoDaemon
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("control socket %s: %w", path, fs.ErrPermission)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return nil, ErrSilent
	}
	return nil, fmt.Errorf("control socket %s: %w", path, bare(err))
}

// Status asks for the states of the sources.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.call(ctx, http.MethodGet, "/status", nil, func(d *json.Decoder) error { return d.Decode(&s) })
	return s, err
}

// Reload asks for a reload and returns what changed, or a *RefusedError.
func (c *Client) Reload(ctx context.Context) ([]string, error) {
	var r reloaded
	if err := c.call(ctx, http.MethodPost, "/reload", nil, func(d *json.Decoder) error { return d.Decode(&r) }); err != nil {
		return nil, err
	}
	if len(r.Refused) > 0 {
		return nil, &RefusedError{Reasons: r.Refused}
	}
	return r.Changes, nil
}

// Sync asks for a sync and returns its result. progress may be nil.
func (c *Client) Sync(ctx context.Context, req SyncRequest, progress func(done, total int)) (Summary, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return Summary{}, err
	}
	var last event
	err = c.call(ctx, http.MethodPost, "/sync", body, func(d *json.Decoder) error {
		for last.Result == nil && last.Error == "" {
			last = event{}
			if err := d.Decode(&last); err != nil {
				return err
			}
			if progress != nil && last.Total > 0 {
				progress(last.Done, last.Total)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return Summary{}, err
	case last.Unknown:
		return Summary{}, fmt.Errorf("%w%s", storage.ErrNoSource, trimPrefix(last.Error, storage.ErrNoSource.Error()))
	case last.Error != "":
		return Summary{}, errors.New(last.Error)
	}
	return *last.Result, nil
}

func trimPrefix(s, prefix string) string {
	if len(s) >= len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return ": " + s
}

// call makes a request whose answer read decodes. Each byte of the answer is a
// sign of life; without one for the client's bound the daemon counts as silent.
func (c *Client) call(ctx context.Context, method, path string, body []byte, read func(*json.Decoder) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.silence, func() { cancel(ErrSilent) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(ctx, method, "http://daemon"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.wrap(ctx, err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or of no more use
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 4096)) // an error is coming anyway
		return fmt.Errorf("daemon: %s", bytes.TrimSpace(text))
	}
	if err := read(json.NewDecoder(&alive{r: res.Body, watch: watch, bound: c.silence})); err != nil {
		return c.wrap(ctx, err)
	}
	return nil
}

func (c *Client) wrap(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it stopped before it was done", ErrNoDaemon)
	}
	return fmt.Errorf("daemon: %w", bare(err))
}

// alive puts a deadline off with each read that brings something.
type alive struct {
	r     io.Reader
	watch *time.Timer
	bound time.Duration
}

func (a *alive) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if n > 0 {
		a.watch.Reset(a.bound)
	}
	return n, err
}
