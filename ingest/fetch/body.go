package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const (
	// firstRead is the size of the first piece of a body of unknown length.
	firstRead = 16 << 10
	// maxDrain is how much of a body that nobody needs is read to keep the
	// connection; beyond it a new connection is cheaper.
	maxDrain = 4 << 10
)

// sealed is a body that came whole and is yet to be decoded.
type sealed struct {
	*spool
	coding string
}

// take receives the body of a response and returns, also after an error, how many bytes
// of it came. It calls cancel, which has to end the reading, when the body makes no
// progress. Without an error the body must be closed.
func (c *Client) take(resp *http.Response, cancel func()) (s sealed, received int64, err error) {
	coding, err := contentCoding(resp.Header)
	if err != nil {
		return sealed{}, 0, err
	}
	if resp.ContentLength > c.maxBody {
		return sealed{}, 0, tooLarge(c.maxBody)
	}
	steady := watch(resp.Body, cancel)
	defer steady.stop()
	raw := &limited{r: steady, limit: c.maxBody}
	held, err := c.receive(raw, resp.ContentLength)
	if err != nil {
		held.close(c)
		return sealed{}, raw.n, raw.why(err, coding)
	}
	return sealed{held, coding}, raw.n, nil
}

// open decodes a body, which ends it. turn is asked before more than SmallBody is brought
// into memory; nil: nothing is.
func (c *Client) open(s sealed, turn func() error) ([]byte, error) {
	defer s.close(c)
	if s.coding == codingNone && s.begins(gzipMagic) {
		s.coding = codingGzip // a compressed file that its server does not say is one
	}
	if s.size() <= SmallBody {
		if s.coding == codingNone {
			return s.whole(), nil
		}
		if body, err := c.tryDecode(s); !errors.Is(err, errFull) {
			return body, err
		}
	}
	if turn != nil {
		if err := turn(); err != nil {
			return nil, err
		}
	}
	if s.coding == codingNone {
		return c.decode(s, func(r io.Reader) ([]byte, error) {
			return fill(r, make([]byte, 0, s.size()+1), s.size()) // one more byte finds the end
		})
	}
	return c.decode(s, c.gather)
}

// tryDecode decodes a body that is small, or fails with errFull. As many do at a time as
// there are processors, because each needs some megabytes for it.
func (c *Client) tryDecode(s sealed) ([]byte, error) {
	c.decoding <- struct{}{}
	defer func() { <-c.decoding }()
	return c.decode(s, c.small)
}

// readBody returns the decoded body of a response, whole, and, also after an error, how
// many bytes of it came; see take.
func (c *Client) readBody(resp *http.Response, cancel func()) (body []byte, received int64, err error) {
	s, received, err := c.take(resp, cancel)
	if err != nil {
		return nil, received, err
	}
	body, err = c.open(s, nil)
	return body, received, err
}

// small reads a small body to its end, or fails with errFull.
func (c *Client) small(r io.Reader) ([]byte, error) {
	scratch := get(&c.pool.buffers, func() *[]byte { return new([]byte) })
	defer c.pool.buffers.Put(scratch)
	body, err := fill(r, (*scratch)[:0], min(c.maxBody, SmallBody))
	*scratch = body
	if errors.Is(err, errFull) && c.maxBody <= SmallBody {
		err = tooLarge(c.maxBody)
	}
	return bytes.Clone(body), err
}

// errFull says that there is more than fits.
var errFull = errors.New("more bytes than fit")

// fill reads to the end into buf, growing it as needed but little beyond the limit, at
// which it fails with errFull. The buffer is also returned with an error.
func fill(r io.Reader, buf []byte, limit int64) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			larger := make([]byte, len(buf), max(min(2*int64(len(buf)), limit+1), firstRead))
			copy(larger, buf)
			buf = larger
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf, errFull
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: the body has more than %d bytes; raise max_body if the feed is meant to be so long", ErrTooLarge, limit)
}

// limited reads a body as it was sent, up to a limit, and remembers how it ended.
type limited struct {
	r     io.Reader
	limit int64
	n     int64
	err   error
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if l.n > l.limit {
		err = tooLarge(l.limit)
	}
	if err != nil {
		l.err = err
	}
	return n, err
}

// why tells apart what stopped a body: the network, a limit or its content.
func (l *limited) why(err error, coding string) error {
	if l.err != nil && !errors.Is(l.err, io.EOF) {
		err = l.err
		if !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrInterrupted) {
			err = &bodyError{cause: err}
		}
	}
	var broken *bodyError
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrInterrupted), errors.As(err, &broken):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the %s data is cut off; nothing to do unless it stays so", ErrInterrupted, coding)
	}
	return fmt.Errorf("%w: the body is no valid %s data; tell the publisher", ErrCoding, coding)
}

// drain reads a short body that nobody needs, so that its connection can be used
// again. Documents are not drained: after an error, what is left of one is the
// server's to make slow.
func drain(resp *http.Response) {
	if resp.ContentLength <= maxDrain {
		_, _ = io.CopyN(io.Discard, resp.Body, maxDrain) // of no use but to find the end
	}
}
