package control

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"
)

// BackupRequest asks for a copy of the store.
type BackupRequest struct {
	// File is the absolute path that the copy is to have, which cannot be that of the
	// store itself; empty: it goes to a pipe.
	File string `json:"file,omitempty"`
}

// CopiedRequest says that a copy of the store is where it is to be, and sound.
type CopiedRequest struct {
	At time.Time `json:"at"` // not later than the moment that the copy is of
}

// Copied tells the daemon; see Daemon.
func (c *Client) Copied(ctx context.Context, done CopiedRequest) error {
	_, err := call[struct{}](ctx, c, "copied", done, nil)
	return err
}

// copied is the end of a copy: what is in it, and what its bytes add up to.
type copied struct {
	Contents

	Size int64  `json:"size"`
	Sum  []byte `json:"sum"` // SHA-256
}

// pieces sends what is written to it.
type pieces struct {
	ended func() error
	send  func(event)
	sum   hash.Hash
	n     int64
}

func newPieces(ctx context.Context, send func(event)) *pieces {
	return &pieces{ended: ctx.Err, send: send, sum: sha256.New()}
}

// Write implements io.Writer. Its error is that the client has left.
func (p *pieces) Write(b []byte) (n int, err error) {
	for n < len(b) {
		if err := p.ended(); err != nil {
			return n, err
		}
		piece := b[n:min(n+pieceSize, len(b))]
		p.send(event{Data: piece})
		_, _ = p.sum.Write(piece) // which no hash refuses
		n += len(piece)
		p.n += int64(len(piece))
	}
	return n, nil
}

// errCopy says that a copy did not come as it was sent.
var errCopy = errors.New("the copy was changed on its way: command and daemon are of different versions")

// Backup has the daemon make a copy of its store and writes it to w, whose error ends
// it and is returned as it is; see Daemon. It ends with the context.
func (c *Client) Backup(ctx context.Context, req BackupRequest, w io.Writer) (Contents, error) {
	sum, n := sha256.New(), int64(0)
	end, err := called[copied](ctx, c, "backup", req, func(e event) error {
		_, _ = sum.Write(e.Data)
		n += int64(len(e.Data))
		_, err := w.Write(e.Data)
		return err
	})
	if err == nil && (n != end.Size || string(sum.Sum(nil)) != string(end.Sum)) {
		err = errCopy
	}
	return end.Contents, err
}
