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
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case isAbsent(err):
		return nil, fmt.Errorf("%w on %s", ErrNoDaemon, path)
	case isSilent(err):
		return nil, fmt.Errorf("%w on %s", ErrSilent, path)
	}
	return nil, fmt.Errorf("control socket %s: %w", path, bare(err))
}

// isAbsent reports whether an error of dial says that nobody listens.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ECONNREFUSED)
}

// isSilent reports whether an error of dial says that somebody listens and takes
// no connection: its queue is full.
func isSilent(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// Status asks for the states of the sources.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, "status", nil, nil)
}

// Reload asks for a reload and returns what changed, or a *RefusedError.
func (c *Client) Reload(ctx context.Context) (Reloaded, error) {
	return call[Reloaded](ctx, c, "reload", nil, nil)
}

// Sync asks for a sync and returns its result. progress may be nil.
func (c *Client) Sync(ctx context.Context, req SyncRequest, progress func(done, total int)) (Summary, error) {
	return call[Summary](ctx, c, "sync", req, progress)
}

// Enable has a source asked again that is gone or failing, and returns the result.
func (c *Client) Enable(ctx context.Context, source string) (Summary, error) {
	return call[Summary](ctx, c, "enable", EnableRequest{Source: source}, nil)
}

// Explain asks why an article is in an output or not; see Daemon.
func (c *Client) Explain(ctx context.Context, req ExplainRequest) (Explained, error) {
	return call[Explained](ctx, c, "explain", req, nil)
}

// Preview asks what an output holds or would hold; see Daemon.
func (c *Client) Preview(ctx context.Context, req PreviewRequest) (Previewed, error) {
	return call[Previewed](ctx, c, "preview", req, nil)
}

// Split has an article leave its story; see Daemon.
func (c *Client) Split(ctx context.Context, req SplitRequest) (Parted, error) {
	return call[Parted](ctx, c, "split", req, nil)
}

// Join has the stories of two articles made one; see Daemon.
func (c *Client) Join(ctx context.Context, req JoinRequest) (Story, error) {
	return call[Story](ctx, c, "join", req, nil)
}

// call asks for a piece of work and waits for its result. progress may be nil.
func call[T any](ctx context.Context, c *Client, name string, req any, progress func(done, total int)) (T, error) {
	return called[T](ctx, c, name, req, func(e event) error {
		if e.Total > 0 && progress != nil {
			progress(e.Done, e.Total)
		}
		return nil
	})
}

// called is call with all that comes before the result. Each line of the answer is a
// sign of life; without one for the client's bound the daemon counts as silent. An
// error of each ends the call.
func called[T any](ctx context.Context, c *Client, name string, req any, each func(event) error) (T, error) {
	var result T
	raw, err := c.ask(ctx, name, req, each)
	if err == nil {
		err = json.Unmarshal(raw, &result)
	}
	return result, err
}

func (c *Client) ask(ctx context.Context, name string, body any, each func(event) error) (json.RawMessage, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.silence, func() { cancel(ErrSilent) })
	defer watch.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://daemon"+calls+name, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, wrap(ctx, err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or of no more use
	switch {
	case res.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("the daemon is of another version, which knows no %s; restart it", name)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the daemon answered %s", res.Status)
	}
	lines := json.NewDecoder(res.Body)
	for {
		var e event
		if err := lines.Decode(&e); err != nil {
			return nil, wrap(ctx, err)
		}
		switch {
		case e.Failure != nil:
			return nil, e.Failure.unpack()
		case e.Result != nil:
			return e.Result, nil
		}
		watch.Stop() // what takes long now is not the daemon
		if err := each(e); err != nil {
			return nil, err
		}
		watch.Reset(c.silence)
	}
}

// wrap says what ended a call before its result.
func wrap(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case cause != nil:
		return cause
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("%w, or was killed", ErrStopping)
	case isAbsent(err): // it left between the two connections
		return ErrNoDaemon
	}
	return fmt.Errorf("daemon: %w", bare(err))
}
