package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const (
	// maxHint bounds the memory that is set aside because a header says so.
	maxHint = 1 << 20
	// firstRead is the size of the first piece of a body of unknown length.
	firstRead = 16 << 10
	// maxScratch is the largest buffer that is kept for the next body.
	maxScratch = 4 << 20
	// maxDrain is how much of a body that nobody needs is read to keep the
	// connection; beyond it a new connection is cheaper.
	maxDrain = 4 << 10
)

// readBody returns the decoded body of a response, whole, and, also after an error, how
// many bytes of it came. It calls cancel, which has to end the reading, when the body
// makes no progress.
func (c *Client) readBody(resp *http.Response, cancel func()) (body []byte, received int64, err error) {
	coding, err := contentCoding(resp.Header)
	if err != nil {
		return nil, 0, err
	}
	if resp.ContentLength > c.maxBody {
		return nil, 0, tooLarge(c.maxBody)
	}
	steady := watch(resp.Body, cancel)
	defer steady.stop()
	raw := &limited{r: steady, limit: c.maxBody}
	body, err = c.decode(coding, raw, resp.ContentLength)
	received = raw.n
	if err != nil {
		return nil, received, raw.why(err, coding)
	}
	if coding == codingNone && bytes.HasPrefix(body, gzipMagic) {
		// A compressed file that its server does not say is one.
		raw = &limited{r: bytes.NewReader(body), limit: c.maxBody}
		if body, err = c.decode(codingGzip, raw, int64(len(body))); err != nil {
			return nil, received, raw.why(err, codingGzip)
		}
	}
	return body, received, nil
}

// readAll reads to the end, at most maxBody bytes. size is how many are expected;
// negative: not known.
func (c *Client) readAll(r io.Reader, size int64) ([]byte, error) {
	if size >= 0 && size <= maxHint {
		return fill(r, make([]byte, 0, size+1), c.maxBody) // one more byte finds the end
	}
	scratch := get(&c.pool.buffers, func() *[]byte { return new([]byte) })
	defer c.pool.buffers.Put(scratch)
	body, err := fill(r, (*scratch)[:0], c.maxBody)
	if cap(body) > maxScratch { // too large to keep, and to copy
		return body, err
	}
	*scratch = body
	return bytes.Clone(body), err
}

// fill reads to the end into buf, growing it as needed but little beyond the
// limit. The buffer is also returned with an error.
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
			return buf, tooLarge(limit)
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
		if !errors.Is(err, ErrTooLarge) {
			err = &bodyError{cause: err}
		}
	}
	var broken *bodyError
	switch {
	case errors.Is(err, ErrTooLarge) || errors.As(err, &broken):
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
