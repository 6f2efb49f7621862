package control_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
)

func TestFilesComeOverTheSocketAsTheyAre(t *testing.T) {
	files := map[string][]byte{
		"empty.rss": {}, "all.rss": []byte("<rss/>"), "all/archive/1.json": bytes.Repeat([]byte{0, 255, '\n'}, 300_000), "all.atom": make([]byte, 512<<10),
	}
	order := []string{"empty.rss", "all.rss", "all/archive/1.json", "all.atom"}
	path, _ := serve(t, daemon{export: func(_ context.Context, take control.TakeFile) (control.Exported, error) {
		for _, name := range order {
			if err := take(name, files[name]); err != nil {
				return control.Exported{}, err
			}
		}
		return control.Exported{Private: []string{"p"}, Unbuilt: []string{"u"}}, nil
	}})
	var got []string
	done, err := dial(t, path, time.Minute).Export(t.Context(), func(name string, body []byte) error {
		got = append(got, name)
		if !bytes.Equal(body, files[name]) {
			t.Errorf("%s: %d bytes, want %d", name, len(body), len(files[name]))
		}
		return nil
	})
	if err != nil || strings.Join(got, " ") != strings.Join(order, " ") || fmt.Sprint(done) != "{[p] [u]}" {
		t.Errorf("got %q, %+v, %v", got, done, err)
	}
}

func TestWhoCannotTakeAFileEndsTheExport(t *testing.T) {
	full := errors.New("disk full")
	ended := make(chan error, 1)
	path, _ := serve(t, daemon{export: func(ctx context.Context, take control.TakeFile) (control.Exported, error) {
		err := take("a", []byte("x"))
		for err == nil {
			err = take("b", make([]byte, 100_000))
		}
		ended <- err
		return control.Exported{}, err
	}})
	_, err := dial(t, path, time.Minute).Export(t.Context(), func(string, []byte) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the daemon's work ended with %v", err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("the daemon works on for nobody")
	}
}

// A file that was cut, mixed up or changed on its way is no file.
func TestWhatIsNoFileIsNotTaken(t *testing.T) {
	sum := `"LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE="` // of "x"
	for name, lines := range map[string]string{
		"it is cut":              `{"file":{"name":"a","size":2,"sum":` + sum + `,"data":"eA=="}}`,
		"it is longer":           `{"file":{"name":"a","size":1,"sum":` + sum + `,"data":"eHg="}}`,
		"it is another":          `{"file":{"name":"a","size":1,"sum":` + sum + `,"data":"eQ=="}}`,
		"it has no name":         `{"file":{"size":1,"sum":` + sum + `,"data":"eA=="}}`,
		"another begins in it":   `{"file":{"name":"a","size":2,"sum":` + sum + `,"data":"eA=="}}` + "\n" + `{"file":{"name":"b","size":1,"sum":` + sum + `,"data":"eA=="}}`,
		"it is of negative size": `{"file":{"name":"a","size":-1,"sum":` + sum + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sock")
			ln, err := control.Listen(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			srv := control.Server(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, lines+"\n"+`{"result":{}}`+"\n")
			}))
			go func() { _ = srv.Serve(ln) }()
			defer func() { _ = srv.Close() }()
			_, err = dial(t, path, time.Minute).Export(t.Context(), func(name string, body []byte) error {
				t.Errorf("took %s: %q", name, body)
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), "different versions") {
				t.Errorf("got %v", err)
			}
		})
	}
}
