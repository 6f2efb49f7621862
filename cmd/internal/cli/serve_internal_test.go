package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/storage/bolt"
)

func TestTheFirstSignalStopsAndTheSecondEndsAtOnce(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	signals, exited := make(chan os.Signal), make(chan int, 1)
	r := &run{env: Env{Exit: func(code int) { exited <- code }}}
	go r.handle(ctx, signals, stop, make(chan *app.App))
	defer close(signals)
	signals <- syscall.SIGHUP // nothing runs yet that could reload
	signals <- syscall.SIGTERM
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, errSignal) {
		t.Errorf("stopped by %v", cause)
	}
	select {
	case code := <-exited:
		t.Fatalf("one signal ended the process with %d", code)
	default:
	}
	signals <- syscall.SIGINT
	select {
	case code := <-exited:
		if code != exitPartial {
			t.Errorf("exit status %d", code)
		}
	case <-time.After(2 * time.Minute):
		t.Error("a second signal ended nothing")
	}
}

func TestADaemonThatWaitsForTheStoreStopsWithStatusZero(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "store.db")
	store, err := bolt.Open(t.Context(), db, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	file := filepath.Join(dir, "c.yaml")
	text := "storage: {path: " + db + "}\nserver: {listen: '127.0.0.1:0', admin: ''}\n"
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	env := Env{
		Args: []string{"serve", "-c", file, "--lock-timeout", "10m"}, Stdout: io.Discard, Stderr: &stderr,
		Getenv: func(string) string { return "" }, Exit: func(code int) { t.Errorf("ended at once with %d", code) },
	}
	done := make(chan int, 1)
	go func() { done <- Main(t.Context(), env) }()
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	// Who reads the configuration has the signals already, and never gets the store.
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case code := <-done:
		if code != exitOK {
			t.Errorf("exit status %d: %s", code, stderr.String())
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("it still waits")
	}
}

func TestErrorsThatWereJoinedAreOneLineThatCanBeRead(t *testing.T) {
	code, text := classify(errors.Join(errors.New("stop a: it is late"), nil, errors.New("stop b:\tit is late")))
	if want := "stop a: it is late; stop b: it is late"; code != exitPartial || text != want {
		t.Errorf("got %d, %q; want %q", code, text, want)
	}
}
