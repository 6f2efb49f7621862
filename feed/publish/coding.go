package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Representation is a document in one format, as it is sent.
type Representation struct {
	ContentType string
	Body        []byte
	ETag        string  // strong, with its quotes (RFC 9110, 8.8.3)
	Coded       []Coded // what is smaller in transit, best first; empty for a small body
}

// Coded is a representation in a content coding. Its bytes are others, so its tag
// is its own.
type Coded struct {
	Coding string // as HTTP names it
	ETag   string
	// Body returns the bytes, nil while they are being made. It does not block, and
	// may be called from several goroutines.
	Body func() []byte
}

const (
	// smallBody is the size below which a coding saves no packet.
	smallBody = 1 << 10
	gzipLevel = 6
	// brotliLevel makes a feed some 10 % smaller than zstd, at ten times the cost:
	// that is not spent before somebody asks.
	brotliLevel = 5
	zstdWindow  = 8 << 20 // the most that readers must take (RFC 9659)
)

// Represent returns a body with its codings and validators. gzip and zstd are made
// at once, brotli when it is first asked for.
func Represent(contentType string, body []byte) (Representation, error) {
	sum := sha256.Sum256(body)
	tag := hex.EncodeToString(sum[:16])
	r := Representation{ContentType: contentType, Body: body, ETag: `"` + tag + `"`}
	if len(body) < smallBody {
		return r, nil
	}
	add := func(coding string, coded func() []byte) {
		r.Coded = append(r.Coded, Coded{Coding: coding, ETag: `"` + tag + "-" + coding + `"`, Body: coded})
	}
	add("br", later(func() []byte { return brotlied(body) }))
	for _, c := range []struct {
		name string
		code func([]byte) ([]byte, error)
	}{{"zstd", zstandard}, {"gzip", gzipped}} {
		coded, err := c.code(body)
		if err != nil {
			return Representation{}, fmt.Errorf("compress by %s: %w", c.name, err)
		}
		if len(coded) < len(body) {
			add(c.name, func() []byte { return coded })
		}
	}
	return r, nil
}

func gzipped(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzipLevel)
	if err != nil {
		return nil, err
	}
	z.ModTime = time.Unix(0, 0) // "no time" in the format (RFC 1952); the zero time would be written as a date of 2042
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func zstandard(body []byte) ([]byte, error) {
	window := min(zstdWindow, 1<<bits.Len(uint(len(body)))) // no more than the body needs: it is memory
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(body, nil), nil
}

// brotlied is nil where the coding makes nothing smaller.
func brotlied(body []byte) []byte {
	var out bytes.Buffer
	z := brotli.NewWriterLevel(&out, brotliLevel)
	_, werr := z.Write(body)
	if err := z.Close(); werr != nil || err != nil || out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// oneByOne has what is made later take one processor at most.
var oneByOne sync.Mutex

// later returns a function that has a body made at its first call, beside its
// callers, and returns nil until that is done.
func later(code func() []byte) func() []byte {
	var begin sync.Once
	var done atomic.Pointer[[]byte]
	return func() []byte {
		begin.Do(func() {
			go func() {
				oneByOne.Lock()
				defer oneByOne.Unlock()
				coded := code()
				done.Store(&coded)
			}()
		})
		if coded := done.Load(); coded != nil {
			return *coded
		}
		return nil
	}
}
