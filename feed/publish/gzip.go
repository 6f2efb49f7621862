package publish

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"hash/maphash"
	"sync"

	"github.com/klauspost/compress/flate"
)

// How a document is divided into pieces that are compressed one by one, in bytes, and how
// much of what is before a piece it may repeat. The larger they are, the smaller is the
// whole, and the more is compressed again after a change.
const (
	pieceLeast  = 12 << 10
	pieceWant   = 20 << 10
	pieceMost   = 64 << 10
	pieceBefore = pieceLeast // so that no piece repeats what is before the entries
)

// zipper knows the pieces of an output's last document in one format: those that are in
// the next one, too, are not compressed again. What is made of a document depends on that
// alone, not on what came before. The zero value is ready. It is not for several
// goroutines, and holds no more than the last document and its gzip.
type zipper struct{ last map[uint64]piece }

// piece is a part of a document.
type piece struct {
	raw    []byte // the document's own, behind what it may repeat of what is before it
	before int    // how much that is
	packed []byte // by deflate (RFC 1951), to a whole byte, as flushing does it; nil: not yet
}

var pieceSeed = maphash.MakeSeed()

// divide returns the pieces of a document, with what is known of them.
func (z *zipper) divide(contentType string, body []byte) []piece {
	var pieces []piece
	from := 0
	for i, to := range piecesOf(body, entryBegins[contentType]) {
		before := 0
		if i > 1 { // the first entries would repeat what changes with each of them
			before = pieceBefore
		}
		raw := body[from-before : to]
		p := z.last[maphash.Bytes(pieceSeed, raw)]
		if !bytes.Equal(p.raw, raw) || p.before != before {
			p = piece{before: before}
		}
		p.raw = raw // or else the last document would stay in memory
		pieces = append(pieces, p)
		from = to
	}
	return pieces
}

// keep has the pieces known when the next document comes.
func (z *zipper) keep(pieces []piece) {
	z.last = make(map[uint64]piece, len(pieces))
	for _, p := range pieces {
		z.last[maphash.Bytes(pieceSeed, p.raw)] = p
	}
}

// gzip returns the document as a gzip file of one member (RFC 1952), of which each piece
// holds its part from then on.
func gzip(pieces []piece, body []byte) ([]byte, error) {
	out := make([]byte, 0, len(body)/3+64)
	out = append(out, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff) // deflate, no name, no time, of no system
	ends := make([]int, 0, len(pieces))
	for _, p := range pieces {
		var err error
		if p.packed != nil {
			out = append(out, p.packed...)
		} else if out, err = deflate(out, p.raw[:p.before], p.raw[p.before:]); err != nil {
			return nil, err
		}
		ends = append(ends, len(out))
	}
	out = append(out, 3, 0) // the last block, which is empty
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	from := gzipHeader
	for i, to := range ends {
		pieces[i].packed, from = out[from:to], to
	}
	return out, nil
}

const gzipHeader = 10 // bytes

// deflaters are large, and shared by all outputs.
var deflaters sync.Pool

// deflater appends what it compresses.
type deflater struct {
	out []byte
	w   *flate.Writer
}

func (d *deflater) Write(b []byte) (int, error) {
	d.out = append(d.out, b...)
	return len(b), nil
}

// deflate appends the text compressed, in which what is before it may be repeated. What
// follows does not change it: it ends on a whole byte, with no mark of the end.
func deflate(out, before, text []byte) ([]byte, error) {
	d, ok := deflaters.Get().(*deflater)
	if !ok {
		d = &deflater{}
		w, err := flate.NewWriter(d, gzipLevel)
		if err != nil {
			return nil, err
		}
		d.w = w
	}
	d.out = out
	d.w.ResetDict(d, before)
	if _, err := d.w.Write(text); err != nil {
		return nil, err
	}
	if err := d.w.Flush(); err != nil {
		return nil, err
	}
	out, d.out = d.out, nil
	deflaters.Put(d)
	return out, nil
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
