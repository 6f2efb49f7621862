package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// SmallBody is the most bytes of a body, as it came and as it is decoded, that are brought
// into memory without a turn; see Target.Turn. Nearly all feeds are smaller.
const SmallBody = 512 << 10

// spool holds a body as it came. What is no more small goes to a file without a name: so
// what many publishers send at a time costs little memory, however slowly they do, and
// none of them has to wait until another is done. Where the disk takes nothing, memory does.
type spool struct {
	head    []byte   // all of a small body
	scratch *[]byte  // that head is in, which is the pool's; nil: head is the caller's
	file    *os.File // nil: none was needed, or none could be made
	filed   int64    // bytes in it
	tail    []byte   // what is not in it
}

// receive reads a body as it comes, to its end. size is how many bytes were announced;
// negative: not known. What is returned must be closed, also after an error.
func (c *Client) receive(r io.Reader, size int64) (*spool, error) {
	s := &spool{}
	var err error
	if size >= 0 && size <= SmallBody {
		s.head, err = fill(r, make([]byte, 0, size+1), SmallBody) // one more byte finds the end
		return s, err
	}
	s.scratch = get(&c.pool.buffers, func() *[]byte { return new([]byte) })
	s.head, err = fill(r, (*s.scratch)[:0], SmallBody)
	*s.scratch = s.head
	if !errors.Is(err, errFull) {
		return s, err
	}
	s.file = nameless(c.beside)
	s.add(s.head)
	defer s.forget(c) // it is filed, or in the tail
	piece := get(&c.pool.pieces, newPiece)
	defer c.pool.pieces.Put(piece)
	for {
		n, err := r.Read(piece[:])
		s.add(piece[:n])
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return s, err
		}
	}
}

// nameless makes a file for which nothing is left to do once it is closed, also by a kill.
func nameless(beside string) *os.File {
	dir, base := os.TempDir(), "sluice"
	if beside != "" {
		dir, base = filepath.Dir(beside), filepath.Base(beside)
	}
	f, err := os.CreateTemp(dir, base+".tmp.*") // mode 0600
	if err != nil {
		return nil
	}
	if os.Remove(f.Name()) != nil {
		_ = f.Close() // nothing is in it
		return nil
	}
	return f
}

// add appends to what is beyond the head.
func (s *spool) add(p []byte) {
	if s.file != nil && len(s.tail) == 0 {
		n, _ := s.file.Write(p) // what it does not take is kept here
		s.filed += int64(n)
		p = p[n:]
	}
	s.tail = append(s.tail, p...)
}

// size is how many bytes the body has.
func (s *spool) size() int64 { return int64(len(s.head)) + s.filed + int64(len(s.tail)) }

// reader reads the body from its beginning.
func (s *spool) reader() io.Reader {
	if s.file == nil {
		return io.MultiReader(bytes.NewReader(s.head), bytes.NewReader(s.tail))
	}
	return io.MultiReader(onDisk{io.NewSectionReader(s.file, 0, s.filed)}, bytes.NewReader(s.tail))
}

// onDisk words what the disk says, which is not the publisher's fault.
type onDisk struct{ r io.Reader }

func (d onDisk) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: the body was put on disk and cannot be read again; check the disk of the store", ErrInterrupted)
	}
	return n, err
}

// whole is a small body, which is the caller's.
func (s *spool) whole() []byte {
	if s.scratch == nil {
		return s.head
	}
	return bytes.Clone(s.head)
}

// begins reports whether the body begins so.
func (s *spool) begins(with []byte) bool {
	start := make([]byte, len(with))
	_, err := io.ReadFull(s.reader(), start)
	return err == nil && bytes.Equal(start, with)
}

// forget gives the head's memory back.
func (s *spool) forget(c *Client) {
	if s.scratch != nil {
		c.pool.buffers.Put(s.scratch)
	}
	s.head, s.scratch = nil, nil
}

func (s *spool) close(c *Client) {
	s.forget(c)
	if s.file != nil {
		_ = s.file.Close() // it has no name any more
	}
}

// piece is what large bodies are read and decoded by: memory that many of them need one
// after the other, where one of their own would be garbage behind each.
type piece = [256 << 10]byte

func newPiece() *piece { return new(piece) }

// gather reads to the end, at most maxBody bytes, into pieces, and then puts them
// together: a body that is too large has cost no memory of its own.
func (c *Client) gather(r io.Reader) ([]byte, error) {
	var pieces []*piece
	defer func() {
		for _, p := range pieces {
			c.pool.pieces.Put(p)
		}
	}()
	size, room := int64(0), []byte(nil) // what is left of the last piece
	for {
		if len(room) == 0 {
			p := get(&c.pool.pieces, newPiece)
			pieces, room = append(pieces, p), p[:]
		}
		n, err := r.Read(room)
		size, room = size+int64(n), room[n:]
		switch {
		case size > c.maxBody:
			return nil, tooLarge(c.maxBody)
		case errors.Is(err, io.EOF):
			body := make([]byte, 0, size)
			for _, p := range pieces {
				body = append(body, p[:min(len(p), cap(body)-len(body))]...)
			}
			return body, nil
		case err != nil:
			return nil, err
		}
	}
}
