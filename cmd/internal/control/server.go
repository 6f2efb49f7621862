package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"sluice/feed/crash"
	"sluice/ingest"
)

const (
	// heartbeat is how often a working daemon shows that it is alive.
	heartbeat = time.Second
	// maxRequest bounds what a command may send: the names of very many sources.
	maxRequest = 16 << 20
)

// calls is where the command line asks, below the pages for operators.
const calls = "/call/"

// errUnreadable is the answer to a call that is not understood.
var errUnreadable = errors.New("the request cannot be read; command and daemon are of different versions")

// Handler returns the server half. life is the daemon's: work that a client asked
// for ends with the daemon. What changes anything goes on when the client leaves; what
// only he has anything of ends with him. pages answers what
// is no call.
func Handler(life context.Context, d Daemon, pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+calls+"sync", answer(life, func(ctx context.Context, body []byte, send func(event)) (any, error) {
		var req SyncRequest
		if err := json.Unmarshal(body, &req); err != nil {
			return nil, errUnreadable
		}
		reports, err := d.Sync(ctx, req.Request(), func(done, total int, _ ingest.Report) {
			send(event{Done: done, Total: total})
		})
		return Summarise(reports), err
	}))
	mux.HandleFunc("POST "+calls+"enable", answer(life, func(ctx context.Context, body []byte, _ func(event)) (any, error) {
		var req EnableRequest
		if err := json.Unmarshal(body, &req); err != nil || req.Source == "" {
			return nil, errUnreadable
		}
		reports, err := d.Sync(ctx, req.Request(), nil)
		return Summarise(reports), err
	}))
	mux.HandleFunc("POST "+calls+"status", answer(life, func(ctx context.Context, _ []byte, _ func(event)) (any, error) {
		return d.Status(ctx)
	}))
	mux.HandleFunc("POST "+calls+"reload", answer(life, func(ctx context.Context, _ []byte, _ func(event)) (any, error) {
		return d.Reload(ctx)
	}))
	mux.HandleFunc("POST "+calls+"export", whileAsked(life, func(ctx context.Context, _ []byte, send func(event)) (any, error) {
		return d.Export(ctx, func(name string, body []byte) error {
			sendFile(send, name, body)
			return ctx.Err()
		})
	}))
	mux.HandleFunc("POST "+calls+"explain", answer(life, asked(d.Explain)))
	mux.HandleFunc("POST "+calls+"preview", answer(life, asked(d.Preview)))
	mux.HandleFunc("POST "+calls+"split", answer(life, asked(d.Split)))
	mux.HandleFunc("POST "+calls+"join", answer(life, asked(d.Join)))
	mux.HandleFunc("POST "+calls+"copied", answer(life, asked(d.Copied)))
	mux.HandleFunc("POST "+calls+"verify", attended(life, func(ctx context.Context, _ []byte, _ func(event)) (any, error) {
		return d.Verify(ctx)
	}))
	mux.HandleFunc("POST "+calls+"compact", attended(life, func(ctx context.Context, _ []byte, _ func(event)) (any, error) {
		return d.Compact(ctx)
	}))
	mux.HandleFunc("POST "+calls+"backup", attended(life, func(ctx context.Context, body []byte, send func(event)) (any, error) {
		var req BackupRequest
		if err := json.Unmarshal(body, &req); err != nil {
			return nil, errUnreadable
		}
		w := newPieces(ctx, send)
		c, err := d.Backup(ctx, req, w)
		return copied{Contents: c, Size: w.n, Sum: w.sum.Sum(nil)}, err
	}))
	mux.HandleFunc(calls, http.NotFound)
	mux.Handle("/", pages)
	return mux
}

// work is what a call asks for.
type work func(ctx context.Context, body []byte, send func(event)) (any, error)

// asked is the work of a call that has a request and shows no progress.
func asked[Q, R any](do func(context.Context, Q) (R, error)) work {
	return func(ctx context.Context, body []byte, _ func(event)) (any, error) {
		var req Q
		if err := json.Unmarshal(body, &req); err != nil {
			return nil, errUnreadable
		}
		return do(ctx, req)
	}
}

// Server returns a server for the server half. A call may take as long as it
// takes, so only the request's beginning is bounded.
func Server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
}

// answer makes a handler of a piece of work. It writes one event a line, so that
// the client can draw a bar and tell a working daemon from a stuck one.
func answer(life context.Context, do work) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { respond(life, life, do, &sender{w: w}, r) }
}

// attended is answer for work that nobody but the client has anything of. It ends when
// the client leaves, and when he takes nothing of what he is sent for stalled.
func attended(life context.Context, do work) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		respond(life, ctx, do, &sender{w: w, bound: stalled}, r)
	}
}

// stalled is how long a client may take nothing: he writes to a disk, or to a pipe
// behind which a network may be.
const stalled = 5 * time.Minute

// respond does a piece of work, whose context is ctx, and sends what comes of it.
func respond(life, ctx context.Context, do work, s *sender, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(s.w, r.Body, maxRequest))
	if err != nil {
		http.Error(s.w, "the request cannot be read", http.StatusBadRequest)
		return
	}
	s.w.Header().Set("Content-Type", "application/x-ndjson")
	s.send(event{})
	ctx, cancel := context.WithCancel(ctx)
	beating := make(chan struct{})
	go func() {
		defer crash.End()
		defer close(beating)
		s.beat(ctx)
	}()
	result, err := done(ctx, body, do, s.send)
	cancel()
	<-beating
	s.send(last(life, result, err))
}

// done does a piece of work. One that panics fails, and the daemon goes on.
func done(ctx context.Context, body []byte, do work, send func(event)) (result any, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = crash.Told(value)
		}
	}()
	return do(ctx, body, send)
}

// whileAsked is answer for work that is of use to the client alone: it ends when the
// client leaves.
func whileAsked(life context.Context, do work) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(life)
		defer cancel()
		defer context.AfterFunc(r.Context(), cancel)() //nolint:contextcheck // it has two lives, of which either ends it
		answer(ctx, do)(w, r)
	}
}

// last is the event that ends an answer.
func last(life context.Context, result any, err error) event {
	if err != nil {
		return event{Failure: pack(life, err)}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(result); err != nil {
		return event{Failure: pack(life, err)}
	}
	return event{Result: text.Bytes()}
}

// sender writes events. A client that has left ends nothing.
type sender struct {
	mu    sync.Mutex
	w     http.ResponseWriter
	bound time.Duration // for one event to be taken; 0: none
}

func (s *sender) send(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bound > 0 {
		_ = http.NewResponseController(s.w).SetWriteDeadline(time.Now().Add(s.bound))
	}
	_ = json.NewEncoder(s.w).Encode(e)
	_ = http.NewResponseController(s.w).Flush()
}

// beat sends heartbeats until the context ends.
func (s *sender) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.send(event{})
		}
	}
}
