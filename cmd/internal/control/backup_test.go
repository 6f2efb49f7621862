package control_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
)

func TestACopyComesOverTheSocketAsItIs(t *testing.T) {
	for name, body := range map[string][]byte{
		"nothing": {}, "a page": bytes.Repeat([]byte{0, 255}, 4096), "many pieces": bytes.Repeat([]byte("0123456789\n"), 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := serve(t, daemon{backup: func(_ context.Context, req control.BackupRequest, w io.Writer) (control.Contents, error) {
				_, err := w.Write(body)
				return control.Contents{Store: req.File, Articles: 7}, err
			}})
			var got bytes.Buffer
			c, err := dial(t, path, time.Minute).Backup(t.Context(), control.BackupRequest{File: "/b.db"}, &got)
			if err != nil || !bytes.Equal(got.Bytes(), body) || c.Store != "/b.db" || c.Articles != 7 {
				t.Errorf("%d bytes, want %d; %+v, %v", got.Len(), len(body), c, err)
			}
		})
	}
}

// A client may end at any time; what the daemon does for him ends with him.
func TestABackupEndsWhenItsClientCannotTakeIt(t *testing.T) {
	ended := make(chan error, 1)
	path, _ := serve(t, daemon{backup: func(_ context.Context, _ control.BackupRequest, w io.Writer) (control.Contents, error) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 1<<20))
		}
		ended <- err
		return control.Contents{}, err
	}})
	full := errors.New("disk full")
	if _, err := dial(t, path, time.Minute).Backup(t.Context(), control.BackupRequest{}, broken{full}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the daemon's work ended with %v", err)
	}
}

// broken is what nothing can be written to.
type broken struct{ err error }

// Write implements io.Writer.
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestACopyThatWasChangedOnItsWayIsNone(t *testing.T) {
	sum := `"LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE="` // of "x"
	for name, tc := range map[string]struct {
		lines string
		whole bool
	}{
		"as it was":     {`{"data":"eA=="}` + "\n" + `{"result":{"size":1,"sum":` + sum + `}}`, true},
		"it is another": {`{"data":"eQ=="}` + "\n" + `{"result":{"size":1,"sum":` + sum + `}}`, false},
		"it is cut":     {`{"result":{"size":1,"sum":` + sum + `}}`, false},
		"it has no sum": {`{"data":"eA=="}` + "\n" + `{"result":{"size":1}}`, false},
		"it has no end": {`{"data":"eA=="}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sock")
			ln, err := control.Listen(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			srv := control.Server(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, tc.lines+"\n")
			}))
			go func() { _ = srv.Serve(ln) }()
			defer func() { _ = srv.Close() }()
			var got strings.Builder
			_, err = dial(t, path, time.Minute).Backup(t.Context(), control.BackupRequest{}, &got)
			if (err == nil) != tc.whole {
				t.Errorf("got %q, %v", got.String(), err)
			}
		})
	}
}
