// This file reads the file's pages by itself. bbolt has a check of its own, which holds
// the pages of one state against the free list of another when somebody writes
// meanwhile, and which ends the process at a page that it cannot read.

package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// layout is where one state of a store lies in its file.
type layout struct {
	root uint64 // page of the buckets' names
	free uint64 // page of the list of free pages
	high uint64 // pages from here on are not of this state
}

// layoutOf returns where the state lies that a transaction sees. bbolt shows that to
// nobody, but a copy of a state begins with it.
func layoutOf(tx *bbolt.Tx) (layout, error) {
	var first firstWrite
	if _, err := tx.WriteTo(&first); len(first.page) == 0 {
		return layout{}, err
	}
	if len(first.page) < headerSize+metaSize {
		return layout{}, damaged("a meta page of %d bytes", len(first.page))
	}
	meta := first.page[headerSize:]
	return layout{
		root: binary.NativeEndian.Uint64(meta[16:]),
		free: binary.NativeEndian.Uint64(meta[32:]),
		high: binary.NativeEndian.Uint64(meta[40:]),
	}, nil
}

// metaSize is how long a meta page's content is.
const metaSize = 64

// firstWrite keeps what is written first, and takes no more.
type firstWrite struct{ page []byte }

var errEnough = errors.New("enough")

// Write implements io.Writer.
func (f *firstWrite) Write(p []byte) (int, error) {
	if f.page != nil {
		return 0, errEnough
	}
	f.page = bytes.Clone(p)
	return len(p), nil
}

// structure sees that each page of the state is in use once, or free, that all elements
// of pages lie within them, and that keys lead where they are.
func (v *verifier) structure() error {
	l, err := layoutOf(v.t.tx)
	if err != nil {
		return err
	}
	w, err := newPageWalk(v.t.file, v.t.tx.DB().Info().PageSize, l, v.t.ended)
	if err != nil {
		return err
	}
	if err := w.all(l); err != nil {
		return err
	}
	lost := 0
	for _, taken := range w.taken {
		if !taken {
			lost++
		}
	}
	if lost > 0 {
		v.fault("%d of %d pages are neither in use nor free", lost, len(w.taken))
	}
	return nil
}

// pageWalk goes over the pages of one state of a store.
type pageWalk struct {
	file  io.ReaderAt
	size  int          // of a page
	taken []bool       // by page
	ended func() error // says that the walk is wanted no more
}

// newPageWalk refuses a layout that is larger than the file, before it takes the memory
// for it.
func newPageWalk(file *os.File, size int, l layout, ended func() error) (*pageWalk, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if l.high > uint64(info.Size())/uint64(size) {
		return nil, damaged("%d pages in a file of %d bytes", l.high, info.Size())
	}
	return &pageWalk{file: file, size: size, taken: make([]bool, l.high), ended: ended}, nil
}

// all takes the meta pages, the trees of all buckets and the free pages.
func (w *pageWalk) all(l layout) error {
	if err := w.take(0, 2); err != nil {
		return err
	}
	if err := w.tree(l.root, nil, nil, 0); err != nil {
		return err
	}
	return w.free(l.free)
}

// take notes that n pages from id on are accounted for.
func (w *pageWalk) take(id, n uint64) error {
	if id > uint64(len(w.taken)) || n > uint64(len(w.taken))-id {
		return damaged("page %d is beyond the last", id)
	}
	for i := id; i < id+n; i++ {
		if w.taken[i] {
			return damaged("page %d is in two places", i)
		}
		w.taken[i] = true
	}
	return nil
}

// page reads and takes a page with those that it flows over into.
func (w *pageWalk) page(id uint64) (page []byte, flags uint16, count int, err error) {
	if err := w.ended(); err != nil {
		return nil, 0, 0, err
	}
	if page, err = readPage(w.file, id, w.size); err != nil {
		return nil, 0, 0, err
	}
	if own := binary.NativeEndian.Uint64(page); own != id {
		return nil, 0, 0, damaged("page %d says that it is page %d", id, own)
	}
	err = w.take(id, uint64(len(page)/w.size))
	return page, binary.NativeEndian.Uint16(page[8:]), int(binary.NativeEndian.Uint16(page[10:])), err
}

// tree takes the pages of a bucket from one of its pages down, and of the buckets in it.
// All keys are to be from low on and below high; nil: no bound.
func (w *pageWalk) tree(id uint64, low, high []byte, depth int) error {
	if depth > maxDepth {
		return damaged("page %d: pages are nested too deep", id)
	}
	page, flags, count, err := w.page(id)
	if err != nil {
		return err
	}
	switch {
	case flags == leafFlag && isLeafWhole(page):
		return w.leaf(page, id, count, low, high, depth)
	case flags == branchFlag && isBranchWhole(page):
		return w.branch(page, id, count, low, high, depth)
	}
	return damaged("page %d has elements outside of it", id)
}

// maxDepth bounds how far a damaged page can lead us.
const maxDepth = 64

func (w *pageWalk) leaf(page []byte, id uint64, count int, low, high []byte, depth int) error {
	for i := range count {
		e := page[headerSize+i*elementSize:]
		place, keys, values := word(e, 4), word(e, 8), word(e, 12)
		key, value := e[place:place+keys], e[place+keys:place+keys+values]
		if !ordered(i, low, key, high) {
			return damaged("page %d: keys out of order", id)
		}
		low = key
		if word(e, 0)&bucketElement == 0 {
			continue
		}
		if !isWhole(value) {
			return damaged("a bucket in page %d has entries outside of it", id)
		}
		if root := binary.NativeEndian.Uint64(value); root != 0 {
			if err := w.tree(root, nil, nil, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *pageWalk) branch(page []byte, id uint64, count int, low, high []byte, depth int) error {
	keyOf := func(i int) []byte {
		e := page[headerSize+i*elementSize:]
		return e[word(e, 0) : word(e, 0)+word(e, 4)]
	}
	for i := range count {
		key, next := keyOf(i), high
		if i+1 < count {
			next = keyOf(i + 1)
		}
		if !ordered(i, low, key, high) {
			return damaged("page %d: keys out of order", id)
		}
		low = key
		child := binary.NativeEndian.Uint64(page[headerSize+i*elementSize+8:])
		if err := w.tree(child, key, next, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// ordered reports whether the key of the i-th element follows what was before it: the
// bound of the page for the first, a key for the others.
func ordered(i int, before, key, high []byte) bool {
	if high != nil && bytes.Compare(key, high) >= 0 {
		return false
	}
	order := bytes.Compare(before, key)
	return order < 0 || order == 0 && i == 0
}

// free takes the pages of the free list and those that it names.
func (w *pageWalk) free(id uint64) error {
	page, flags, count, err := w.page(id)
	if err != nil {
		return err
	}
	list := page[headerSize:]
	if count == manyFree && len(list) >= 8 {
		count, list = int(min(binary.NativeEndian.Uint64(list), uint64(len(page)))), list[8:]
	}
	if flags != freeFlag || count*8 > len(list) {
		return damaged("page %d is no list of free pages", id)
	}
	for i := range count {
		if err := w.take(binary.NativeEndian.Uint64(list[i*8:]), 1); err != nil {
			return err
		}
	}
	return nil
}

const (
	freeFlag = 16     // of the page that lists free ones
	manyFree = 0xffff // in place of their count, which is then the first of the list
)

// word is a number in an element of a page.
func word(e []byte, at int) uint64 { return uint64(binary.NativeEndian.Uint32(e[at:])) }

// isBranchWhole reports whether the keys of all elements of a branch lie within it.
func isBranchWhole(page []byte) bool {
	count := int(binary.NativeEndian.Uint16(page[10:]))
	if headerSize+count*elementSize > len(page) {
		return false
	}
	for i := range count {
		at := headerSize + i*elementSize
		if uint64(at)+word(page[at:], 0)+word(page[at:], 4) > uint64(len(page)) {
			return false
		}
	}
	return true
}
