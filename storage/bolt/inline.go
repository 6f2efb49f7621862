package bolt

import (
	"encoding/binary"
	"io"

	"go.etcd.io/bbolt"
)

// The parts of bbolt's pages that are read here: a header (id, flags, count,
// overflow), then an element for each key, whose place is counted from itself.
const (
	headerSize    = 16
	elementSize   = 16
	branchFlag    = 1
	leafFlag      = 2
	bucketElement = 1  // flag of a leaf's element whose value is a bucket
	bucketHeader  = 16 // root, which is 0 of a bucket that lies within the value, and sequence
	maxRootDepth  = 8  // of the tree of buckets' names
)

// checkInline sees that the entries of small buckets, which bbolt keeps within the
// page of their names, lie within it. bbolt copies such a bucket into Go's memory and
// believes where its entries are; an address that is none there ends the process at
// the next collection, where no error could be given.
func checkInline(tx *bbolt.Tx, file io.ReaderAt) error {
	return inlineBelow(file, uint64(tx.Cursor().Bucket().Root()), tx.DB().Info().PageSize, 0)
}

func inlineBelow(file io.ReaderAt, id uint64, size, depth int) error {
	if depth > maxRootDepth {
		return damaged("the names of buckets are nested too deep")
	}
	page, err := readPage(file, id, size)
	if err != nil {
		return err
	}
	flags, count := binary.NativeEndian.Uint16(page[8:]), int(binary.NativeEndian.Uint16(page[10:]))
	if headerSize+count*elementSize > len(page) || flags != branchFlag && flags != leafFlag {
		return damaged("page %d of buckets' names", id)
	}
	for i := range count {
		at := headerSize + i*elementSize
		e := page[at : at+elementSize]
		if flags == branchFlag {
			if err := inlineBelow(file, binary.NativeEndian.Uint64(e[8:]), size, depth+1); err != nil {
				return err
			}
			continue
		}
		if binary.NativeEndian.Uint32(e)&bucketElement == 0 {
			continue
		}
		begin := uint64(at) + uint64(binary.NativeEndian.Uint32(e[4:])) + uint64(binary.NativeEndian.Uint32(e[8:]))
		end := begin + uint64(binary.NativeEndian.Uint32(e[12:]))
		if end > uint64(len(page)) || !isWhole(page[begin:end]) {
			return damaged("a bucket in page %d has entries outside of it", id)
		}
	}
	return nil
}

// readPage reads a page with those that it flows over into.
func readPage(file io.ReaderAt, id uint64, size int) ([]byte, error) {
	page := make([]byte, size)
	if id > 1<<40 {
		return nil, damaged("page %d is beyond the file", id)
	}
	if _, err := file.ReadAt(page, int64(id)*int64(size)); err != nil {
		return nil, damaged("page %d: %v", id, err)
	}
	more := int64(binary.NativeEndian.Uint32(page[12:]))
	if more == 0 {
		return page, nil
	}
	if more > maxOverflow {
		return nil, damaged("page %d is as long as %d", id, more)
	}
	rest := make([]byte, more*int64(size))
	if _, err := file.ReadAt(rest, (int64(id)+1)*int64(size)); err != nil {
		return nil, damaged("page %d: %v", id, err)
	}
	return append(page, rest...), nil
}

// maxOverflow bounds what a damaged page makes us read: the largest value is an article's
// texts, of some megabytes at most.
const maxOverflow = 1 << 13

// isWhole reports whether a bucket lies elsewhere, or all its entries within its value.
func isWhole(bucket []byte) bool {
	if len(bucket) < bucketHeader {
		return false
	}
	if binary.NativeEndian.Uint64(bucket) != 0 {
		return true
	}
	page := bucket[bucketHeader:]
	return len(page) >= headerSize && binary.NativeEndian.Uint16(page[8:]) == leafFlag && isLeafWhole(page)
}

// isLeafWhole reports whether all elements of a leaf lie within it.
func isLeafWhole(page []byte) bool {
	count := int(binary.NativeEndian.Uint16(page[10:]))
	if headerSize+count*elementSize > len(page) {
		return false
	}
	for i := range count {
		at := headerSize + i*elementSize
		end := uint64(at)
		for _, n := range []int{4, 8, 12} { // place, key, value
			end += uint64(binary.NativeEndian.Uint32(page[at+n:]))
		}
		if end > uint64(len(page)) {
			return false
		}
	}
	return true
}
