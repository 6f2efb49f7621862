package control

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Exported is what came of an export.
type Exported struct {
	// Private are the outputs that are left out because they take a token: whoever has
	// a file is asked for none. Unbuilt are those that have no document; the daemon's log
	// says why.
	Private []string `json:"private,omitempty"`
	Unbuilt []string `json:"unbuilt,omitempty"`
}

// TakeFile is called with each file of an export, one after another: its path below the
// folder of the files, with slashes, and what is in it, which is the callee's.
type TakeFile func(name string, body []byte) error

// pieceSize is how many bytes of a file travel in one event.
const pieceSize = 256 << 10

// filePiece is a part of a file on its way to the command line. The first has its name,
// its size and what its bytes add up to; the others follow until they are all there.
type filePiece struct {
	Name string `json:"name,omitempty"`
	Size int    `json:"size,omitempty"`
	Sum  []byte `json:"sum,omitempty"` // SHA-256
	Data []byte `json:"data,omitempty"`
}

// sendFile sends a file in pieces.
func sendFile(send func(event), name string, body []byte) {
	sum := sha256.Sum256(body)
	piece := filePiece{Name: name, Size: len(body), Sum: sum[:]}
	for {
		n := min(len(body), pieceSize)
		piece.Data, body = body[:n], body[n:]
		send(event{File: &piece})
		if len(body) == 0 {
			return
		}
		piece = filePiece{}
	}
}

// errFiles says that what the daemon sent is not what it sends.
var errFiles = errors.New("the daemon's files cannot be read; command and daemon are of different versions")

// assembly puts the pieces of files together again.
type assembly struct {
	take TakeFile
	head filePiece
	body []byte
}

// add takes the next piece, and hands a file on with its last.
func (a *assembly) add(p filePiece) error {
	if p.Name != "" {
		if a.head.Name != "" || p.Size < 0 {
			return errFiles
		}
		a.head, a.body = p, make([]byte, 0, min(p.Size, 64<<20))
	}
	a.body = append(a.body, p.Data...)
	switch {
	case a.head.Name == "" || len(a.body) > a.head.Size || len(p.Data) == 0 && len(a.body) < a.head.Size:
		return errFiles
	case len(a.body) < a.head.Size:
		return nil
	}
	if sum := sha256.Sum256(a.body); string(sum[:]) != string(a.head.Sum) {
		return fmt.Errorf("file %s: %w", a.head.Name, errFiles)
	}
	name, body := a.head.Name, a.body
	a.head, a.body = filePiece{}, nil
	return a.take(name, body)
}

// Export asks for the files of all outputs and hands them on, one after another. An
// error of take ends it, and is returned as it is.
func (c *Client) Export(ctx context.Context, take TakeFile) (Exported, error) {
	files := assembly{take: take}
	done, err := called[Exported](ctx, c, "export", nil, func(e event) error {
		if e.File == nil {
			return nil
		}
		return files.add(*e.File)
	})
	if err == nil && files.head.Name != "" {
		err = errFiles
	}
	return done, err
}
