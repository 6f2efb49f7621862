package control_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"
	"sluice/ingest"
	"sluice/storage"
)

// daemon is the server half's other side, with what a test wants it to do.
type daemon struct {
	sync   func(ctx context.Context, req ingest.Request, progress func(int, int, ingest.Report)) ([]ingest.Report, error)
	reload func(ctx context.Context) (control.Reloaded, error)
	split  func(req control.SplitRequest) (control.Parted, error)
	join   func(req control.JoinRequest) (control.Story, error)

	explain func(req control.ExplainRequest) (control.Explained, error)
	preview func(req control.PreviewRequest) (control.Previewed, error)
	export  func(ctx context.Context, take control.TakeFile) (control.Exported, error)
	compact func(context.Context) (control.Compacted, error)
	verify  func(ctx context.Context) (control.Verified, error)
	backup  func(ctx context.Context, req control.BackupRequest, w io.Writer) (control.Contents, error)
	copied  func(req control.CopiedRequest) error
}

func (d daemon) Sync(ctx context.Context, req ingest.Request, progress func(int, int, ingest.Report)) ([]ingest.Report, error) {
	return d.sync(ctx, req, progress)
}

func (d daemon) Status(context.Context) (control.Status, error) {
	states := []feed.SourceState{{Source: "a", Status: feed.StatusOK, Articles: 3}}
	return control.NewStatus(states, func(id feed.SourceID) string { return "https://" + string(id) + ".example/" }, time.Now()), nil
}

func (d daemon) Reload(ctx context.Context) (control.Reloaded, error) { return d.reload(ctx) }

func (d daemon) Split(_ context.Context, req control.SplitRequest) (control.Parted, error) {
	return d.split(req)
}

func (d daemon) Join(_ context.Context, req control.JoinRequest) (control.Story, error) {
	return d.join(req)
}

func (d daemon) Explain(_ context.Context, req control.ExplainRequest) (control.Explained, error) {
	return d.explain(req)
}

func (d daemon) Preview(_ context.Context, req control.PreviewRequest) (control.Previewed, error) {
	return d.preview(req)
}

func (d daemon) Export(ctx context.Context, take control.TakeFile) (control.Exported, error) {
	return d.export(ctx, take)
}

func (d daemon) Verify(ctx context.Context) (control.Verified, error) { return d.verify(ctx) }

func (d daemon) Compact(ctx context.Context) (control.Compacted, error) { return d.compact(ctx) }

func (d daemon) Backup(ctx context.Context, req control.BackupRequest, w io.Writer) (control.Contents, error) {
	return d.backup(ctx, req, w)
}

func (d daemon) Copied(_ context.Context, req control.CopiedRequest) (struct{}, error) {
	return struct{}{}, d.copied(req)
}

// serve answers on a socket, and returns its path and what ends the daemon's life.
func serve(t *testing.T, d daemon) (path string, end context.CancelFunc) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sock")
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(t.Context())
	srv := control.Server(control.Handler(life, d, http.NotFoundHandler()))
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { end(); _ = srv.Close() })
	return path, end
}

func dial(t *testing.T, path string, silence time.Duration) *control.Client {
	t.Helper()
	c, err := control.Dial(t.Context(), path, silence)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnErrorKeepsItsKindOnTheWay(t *testing.T) {
	for _, kind := range []error{
		storage.ErrNoSource, storage.ErrLocked, storage.ErrEmpty, storage.ErrDamaged, storage.ErrNewer, storage.ErrFailed, storage.ErrFull,
		fs.ErrPermission, fs.ErrNotExist, control.ErrNoOutput, feed.ErrNoArticle, storage.ErrAlone, storage.ErrJoined,
	} {
		had := fmt.Errorf("store x: %w: more", kind)
		path, _ := serve(t, daemon{sync: func(context.Context, ingest.Request, func(int, int, ingest.Report)) ([]ingest.Report, error) {
			return nil, had
		}})
		_, err := dial(t, path, time.Minute).Sync(t.Context(), control.SyncRequest{}, nil)
		if !errors.Is(err, kind) || err.Error() != had.Error() {
			t.Errorf("got %v, want %v", err, had)
		}
	}
}

func TestASyncTellsItsProgressAndItsResult(t *testing.T) {
	path, _ := serve(t, daemon{sync: func(_ context.Context, req ingest.Request, progress func(int, int, ingest.Report)) ([]ingest.Report, error) {
		if len(req.Sources) != 2 || req.Sources[1] != "b" || !req.All {
			return nil, fmt.Errorf("asked for %+v", req)
		}
		progress(1, 2, ingest.Report{})
		progress(2, 2, ingest.Report{})
		return []ingest.Report{{Source: "a", Outcome: ingest.Changed}, {Source: "b", Outcome: ingest.Failed, Err: errors.New("a < b & c")}}, nil
	}})
	var steps []string
	sum, err := dial(t, path, time.Minute).Sync(t.Context(), control.SyncRequest{Sources: []string{"a", "b"}, All: true},
		func(done, total int) { steps = append(steps, fmt.Sprintf("%d/%d", done, total)) })
	if err != nil || sum.Polled != 2 || sum.Failed != 1 || sum.Sources[1].Error != "a < b & c" {
		t.Errorf("got %+v, %v", sum, err)
	}
	if got := strings.Join(steps, " "); got != "1/2 2/2" {
		t.Errorf("progress %q", got)
	}
}

func TestASourceIsEnabledByItsNameAlone(t *testing.T) {
	path, _ := serve(t, daemon{sync: func(_ context.Context, req ingest.Request, _ func(int, int, ingest.Report)) ([]ingest.Report, error) {
		if len(req.Sources) != 1 || req.Sources[0] != "a" || !req.Enable || req.All {
			return nil, fmt.Errorf("asked for %+v", req)
		}
		return []ingest.Report{{Source: "a", Outcome: ingest.Changed}}, nil
	}})
	sum, err := dial(t, path, time.Minute).Enable(t.Context(), "a")
	if err != nil || sum.Polled != 1 || len(sum.Sources) != 1 || sum.Sources[0].Outcome != "changed" {
		t.Errorf("got %+v, %v", sum, err)
	}
	// Without a name it would be all sources.
	if sum, err := dial(t, path, time.Minute).Enable(t.Context(), ""); err == nil {
		t.Errorf("no name: %+v", sum)
	}
}

func TestARefusalBringsItsReasons(t *testing.T) {
	path, _ := serve(t, daemon{reload: func(context.Context) (control.Reloaded, error) {
		return control.Reloaded{}, &control.RefusedError{Reasons: []string{"one", "two"}}
	}})
	_, err := dial(t, path, time.Minute).Reload(t.Context())
	if refused, ok := errors.AsType[*control.RefusedError](err); !ok || len(refused.Reasons) != 2 {
		t.Errorf("got %v", err)
	}
}

func TestADaemonThatStopsSaysSo(t *testing.T) {
	begun := make(chan struct{})
	waits := daemon{sync: func(ctx context.Context, _ ingest.Request, _ func(int, int, ingest.Report)) ([]ingest.Report, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	path, end := serve(t, waits)
	go func() { <-begun; end() }()
	if _, err := dial(t, path, time.Minute).Sync(t.Context(), control.SyncRequest{}, nil); !errors.Is(err, control.ErrStopping) {
		t.Errorf("got %v, want %v", err, control.ErrStopping)
	}
}

func TestADaemonThatIsKilledIsNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil { // an answer before the question is another fault
				_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}\n")
			}
			_ = conn.Close()
		}
	}()
	if _, err := dial(t, path, time.Minute).Status(t.Context()); !errors.Is(err, control.ErrStopping) {
		t.Errorf("got %v, want %v", err, control.ErrStopping)
	}
}

func TestASilentDaemonIsGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	ln, err := control.Listen(t.Context(), path) // it never accepts
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	if _, err := dial(t, path, 100*time.Millisecond).Status(t.Context()); !errors.Is(err, control.ErrSilent) {
		t.Errorf("got %v, want %v", err, control.ErrSilent)
	}
}

func TestAFullQueueIsADaemonThatDoesNotAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	for range 8 { // fill it
		conn, err := net.DialTimeout("unix", path, 50*time.Millisecond)
		if err != nil {
			break
		}
		defer func() { _ = conn.Close() }()
	}
	if _, err := control.Dial(t.Context(), path, 100*time.Millisecond); !errors.Is(err, control.ErrSilent) {
		t.Errorf("dial: got %v, want %v", err, control.ErrSilent)
	}
	if _, err := control.Listen(t.Context(), path); err == nil || !strings.Contains(err.Error(), "another daemon") {
		t.Errorf("listen: got %v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("a socket in use was removed: %v", err)
	}
}

func TestNobodyOnASocketIsNoDaemon(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale")
	ln, err := net.Listen("unix", stale)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{stale, filepath.Join(dir, "none"), filepath.Join(dir, "none", "none")} {
		if _, err := control.Dial(t.Context(), path, time.Minute); !errors.Is(err, control.ErrNoDaemon) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	replaced, err := control.Listen(t.Context(), stale)
	if err != nil {
		t.Fatalf("a stale socket stays: %v", err)
	}
	if info, err := os.Stat(stale); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := replaced.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end the socket is still there: %v", err)
	}
}

func TestSomethingElseThanASocketIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Listen(t.Context(), path); err == nil {
		t.Error("it listens there")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("the file now is %q, %v", text, err)
	}
}

func TestAVeryLongPathIsASocketToo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sock")
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.Dial(t.Context(), path, time.Minute); err != nil {
		t.Error(err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
}

func TestASocketThatRootMakesBelongsToWhomItsFolderDoes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := filepath.Join(t.TempDir(), "s.sock")
	if err := os.Chown(filepath.Dir(path), 4711, 4712); err != nil {
		t.Fatal(err)
	}
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); st.Uid != 4711 || st.Gid != 4712 || info.Mode().Perm() != 0o600 {
		t.Errorf("it belongs to %d:%d, mode %v", st.Uid, st.Gid, info.Mode())
	}
}
