package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"sluice/feed/crash"
)

// Representation is a document in one format, as it is sent.
type Representation struct {
	ContentType string
	Body        []byte
	ETag        string  // strong, with its quotes (RFC 9110, 8.8.3)
	Coded       []Coded // what may be smaller in transit, best first; empty for a small body
}

// Coded is a representation in a content coding. Its bytes are others, so its tag
// is its own.
type Coded struct {
	Coding string // as HTTP names it
	ETag   string
	// Body returns the bytes, nil while they are being made, and where they are no fewer
	// than without the coding. It does not block, and may be called from several goroutines.
	Body func() []byte
}

// The types of documents.
const (
	typeRSS  = "application/rss+xml; charset=utf-8"
	typeAtom = "application/atom+xml; charset=utf-8"
	typeJSON = "application/feed+json"
)

const (
	// smallBody is the size below which a coding saves no packet.
	smallBody = 1 << 10
	// largeBody is the size from which zstd takes longer than anybody should wait.
	largeBody = 64 << 10
	gzipLevel = 6
	// brotliLevel makes a feed some 10 % smaller than zstd, at ten times the cost:
	// that is not spent before somebody asks.
	brotliLevel = 5
	zstdWindow  = 8 << 20 // the most that readers must take (RFC 9659)
)

// Represent returns a body with its codings and validators. gzip is made at once, zstd
// of a large body behind the caller's back, brotli when it is first asked for.
func Represent(contentType string, body []byte) (Representation, error) {
	return new(zipper).represent(contentType, body)
}

// represent is Represent of a document that has much in common with the one before.
func (z *zipper) represent(contentType string, body []byte) (Representation, error) {
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
	add("zstd", soon(len(body) < largeBody, func() []byte { return zstandard(body) }))
	pieces := z.divide(contentType, body)
	zipped, err := gzip(pieces, body)
	if err != nil {
		return Representation{}, fmt.Errorf("compress by gzip: %w", err)
	}
	z.keep(pieces)
	if len(zipped) < len(body) {
		add("gzip", func() []byte { return zipped })
	}
	return r, nil
}

// zstandard is nil where the coding makes nothing smaller.
func zstandard(body []byte) []byte {
	window := min(zstdWindow, 1<<bits.Len(uint(len(body)))) // no more than the body needs: it is memory
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil { // an option that is none, and no reader's business: the other codings remain
		return nil
	}
	if coded := z.EncodeAll(body, nil); len(coded) < len(body) {
		return coded
	}
	return nil
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

// soon returns a function that has a body made by now, or as soon as can be.
func soon(now bool, code func() []byte) func() []byte {
	if now {
		coded := code()
		return func() []byte { return coded }
	}
	made := later(code)
	made()
	return made
}

// later returns a function that has a body made at its first call, beside its
// callers, and returns nil until that is done.
func later(code func() []byte) func() []byte {
	var begin sync.Once
	var done atomic.Pointer[[]byte]
	return func() []byte {
		begin.Do(func() {
			go func() {
				defer crash.End()
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
