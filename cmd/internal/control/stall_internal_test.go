package control

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// A command that was stopped keeps its connection, and takes nothing.
func TestAClientThatTakesNothingIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	ln, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	srv := Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond(t.Context(), r.Context(), func(ctx context.Context, _ []byte, send func(event)) (any, error) {
			_, err := io.Copy(newPieces(ctx, send), endless{})
			ended <- err
			return nil, err
		}, &sender{w: w, bound: 50 * time.Millisecond}, r)
	}))
	go func() { _ = srv.Serve(ln) }()
	defer func() { _ = srv.Close() }()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: daemon\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the work came to an end that it does not have")
	}
}

// endless is a copy without an end.
type endless struct{}

// Read implements io.Reader.
func (endless) Read(p []byte) (int, error) { return len(p), nil }
