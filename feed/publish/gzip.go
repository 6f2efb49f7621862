package publish

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"hash/maphash"

	"github.com/klauspost/compress/flate"
)

// How a document is divided into pieces that are compressed by themselves, in bytes. The
// larger they are, the smaller is the whole, and the more is compressed again after a
// change.
const (
	pieceLeast = 32 << 10
	pieceWant  = 64 << 10
	pieceMost  = 160 << 10
)

// zipper compresses the documents of an output, one after another. A piece that was in
// the last document is not compressed again. What it returns depends on the document
// alone, not on what came before. The zero value is ready. It is not for several
// goroutines.
type zipper struct {
	w      *flate.Writer
	pieces map[uint64]piece // of the last document
}

// piece is a part of a document. The raw bytes are the document's own.
type piece struct{ raw, packed []byte }

var pieceSeed = maphash.MakeSeed()

// gzip returns the document as a gzip file of one member (RFC 1952). Each piece ends
// on a whole byte, as flushing does it.
func (z *zipper) gzip(contentType string, body []byte) ([]byte, error) {
	next := make(map[uint64]piece, len(z.pieces)+1)
	out := make([]byte, 0, len(body)/3+64)
	out = append(out, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff) // deflate, no name, no time, of no system
	from := 0
	for _, to := range piecesOf(body, entryBegins[contentType]) {
		raw := body[from:to]
		key := maphash.Bytes(pieceSeed, raw)
		p, ok := z.pieces[key]
		if !ok || !bytes.Equal(p.raw, raw) {
			packed, err := z.deflate(raw)
			if err != nil {
				return nil, err
			}
			p.packed = packed
		}
		p.raw = raw // or else the last document would stay in memory
		next[key] = p
		out = append(out, p.packed...)
		from = to
	}
	z.pieces = next
	out = append(out, 3, 0) // the last block, which is empty
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	return binary.LittleEndian.AppendUint32(out, uint32(len(body))), nil
}

func (z *zipper) deflate(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(raw)/2 + 64)
	if z.w == nil {
		w, err := flate.NewWriter(&out, gzipLevel)
		if err != nil {
			return nil, err
		}
		z.w = w
	} else {
		z.w.Reset(&out)
	}
	if _, err := z.w.Write(raw); err != nil {
		return nil, err
	}
	if err := z.w.Flush(); err != nil {
		return nil, err
	}
	return bytes.Clone(out.Bytes()), nil
}

// entryBegins is how entries begin in the documents that are compressed in pieces, by
// their types. That something else may begin alike does no harm.
var entryBegins = map[string]string{typeRSS: "<item>", typeAtom: "<entry", typeJSON: `{"id":`}

// piecesOf returns where the pieces of a document end: before its first entry, since
// what stands there changes with each of them, and between entries. Between which is
// chosen by what is in the one before, so that a new entry at the top moves no other
// piece's end.
func piecesOf(body []byte, begin string) []int {
	at := bytes.Index(body, []byte(begin))
	if begin == "" || at < 0 {
		return []int{len(body)}
	}
	ends, from := []int{at}, at
	for {
		size := bytes.Index(body[at+len(begin):], []byte(begin))
		if size < 0 {
			return append(ends, len(body))
		}
		entry := body[at : at+len(begin)+size]
		at += len(entry)
		if at-from < pieceLeast {
			continue
		}
		if at-from >= pieceMost || crc32.ChecksumIEEE(entry)%pieceWant < uint32(min(len(entry), pieceWant)) {
			ends, from = append(ends, at), at
		}
	}
}
