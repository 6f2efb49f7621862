package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The codings that are asked for. Their names are also used in errors.
const (
	codingNone   = "plain"
	codingGzip   = "gzip"
	codingBrotli = "br"
	codingZstd   = "zstd"
)

// gzipMagic begins all gzip data (RFC 1952, section 2.3.1).
var gzipMagic = []byte{0x1f, 0x8b, 0x08}

// maxWindow is the most that HTTP lets a zstd encoder ask for (RFC 9659).
const maxWindow = 8 << 20

// contentCoding returns the one coding of a body. One on top of another has no
// use but to hide how large a body is.
func contentCoding(h http.Header) (string, error) {
	found := codingNone
	for _, line := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			switch name {
			case "", "identity":
				continue
			case "x-gzip": // the same (RFC 9110, section 8.4.1.3)
				name = codingGzip
			case codingGzip, codingBrotli, codingZstd:
			default:
				return "", fmt.Errorf("%w: the body has a Content-Encoding that was not asked for%s; tell the publisher", ErrCoding, known(name))
			}
			if found != codingNone {
				return "", fmt.Errorf("%w: the body has more than one Content-Encoding; tell the publisher", ErrCoding)
			}
			found = name
		}
	}
	return found, nil
}

// known names a coding that others use. Any other name is a stranger's text.
func known(name string) string {
	switch name {
	case "deflate", "compress", "x-compress", "bzip2", "x-bzip2", "xz", "lzma", "dcb", "dcz", "aws-chunked", "chunked", "utf-8":
		return " (" + name + ")"
	}
	return ""
}

// decode has read take in what a body says.
func (c *Client) decode(s sealed, read func(io.Reader) ([]byte, error)) (body []byte, err error) {
	raw := &limited{r: s.reader(), limit: s.size()}
	switch s.coding {
	case codingGzip:
		z := get(&c.pool.gzip, func() *gunzip { return &gunzip{in: bufio.NewReader(nil)} })
		defer c.pool.gzip.Put(z)
		if err = z.reset(raw); err == nil {
			body, err = read(z)
		}
		z.in.Reset(nil)
	case codingBrotli:
		z := get(&c.pool.brotli, func() *brotli.Reader { return brotli.NewReader(nil) })
		defer c.pool.brotli.Put(z)
		if err = z.Reset(raw); err == nil {
			body, err = read(z)
		}
	case codingZstd:
		body, err = c.unzstd(raw, read)
	default:
		body, err = read(raw)
	}
	switch {
	case errors.Is(err, errFull):
		return nil, err
	case err == nil && s.coding != codingNone && s.size() == 0:
		err = io.ErrUnexpectedEOF // no coding makes nothing of something
	}
	if err != nil {
		return nil, raw.why(err, s.coding)
	}
	return body, nil
}

func (c *Client) unzstd(raw io.Reader, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	z, ok := c.pool.zstd.Get().(*zstd.Decoder)
	if !ok {
		var err error
		// Without concurrency a decoder has no goroutines, and may be forgotten.
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
	}
	defer func() {
		_ = z.Reset(nil) // forgets the body; fails only for closed decoders
		c.pool.zstd.Put(z)
	}()
	if err := z.Reset(raw); err != nil {
		return nil, err
	}
	return read(z)
}

// gunzip reads all members of gzip data. What follows the last is not read:
// some servers pad.
type gunzip struct {
	in *bufio.Reader
	z  gzip.Reader
}

func (g *gunzip) reset(r io.Reader) error {
	g.in.Reset(r)
	return g.member()
}

func (g *gunzip) member() error {
	if err := g.z.Reset(g.in); err != nil {
		return err
	}
	g.z.Multistream(false)
	return nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if err != io.EOF { //nolint:errorlint // io.Reader promises EOF itself; a cut member is another error
		return n, err
	}
	if next, _ := g.in.Peek(2); len(next) < 2 || next[0] != gzipMagic[0] || next[1] != gzipMagic[1] {
		return n, io.EOF
	}
	return n, g.member()
}

// pools keeps decoders for the next body: they are large.
type pools struct {
	gzip, brotli, zstd, buffers, pieces sync.Pool
}

func get[T any](p *sync.Pool, make func() T) T {
	if v, ok := p.Get().(T); ok {
		return v
	}
	return make()
}
