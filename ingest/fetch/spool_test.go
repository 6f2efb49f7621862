package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// noise is text that no coding makes much smaller.
func noise(size int) string {
	rnd := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(' ' + rnd.IntN(8))
	}
	return string(b)
}

func TestBodiesOfAnySizeAreWholeAndLargeOnesWaitForATurn(t *testing.T) {
	dir := t.TempDir()
	for where, beside := range map[string]string{
		"on disk": filepath.Join(dir, "store"), "without a folder to put them": filepath.Join(dir, "none", "store"),
	} {
		p := fetchtest.New(t)
		c := newClient(t, fetch.Options{MaxBody: 4 << 20, Beside: beside})
		for _, coding := range []string{"", "gzip", "br", "zstd", "gzip, not told"} {
			for _, size := range []int{0, fetch.SmallBody, fetch.SmallBody + 1, 4 << 20} {
				for content, body := range map[string]string{"noise": noise(size), "blanks": strings.Repeat(" ", size)} {
					if content == "noise" && size == 4<<20 {
						continue // to code it takes long
					}
					name := fmt.Sprintf("%s: %d bytes of %s, %s", where, size, content, coding)
					reply := fetchtest.Reply{Body: body, Coding: coding}
					if coding == "gzip, not told" {
						reply = fetchtest.Reply{Body: encoded(t, "gzip", body)}
					}
					turns := 0
					ans, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", reply), Turn: func(context.Context) error { turns++; return nil }})
					if err != nil || string(ans.Body) != body {
						t.Errorf("%s: %d bytes, %v", name, len(ans.Body), err)
					}
					if large := size > fetch.SmallBody; (turns > 0) != large || turns > 1 {
						t.Errorf("%s: asked for %d turns", name, turns)
					}
				}
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

func TestAFetchWithoutATurnFails(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	ended, cancel := context.WithCancel(t.Context())
	_, err := c.Fetch(ended, fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: noise(1 << 20), Coding: "gzip"}), Turn: func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	oneLine(t, err)
}

// TestWhatManySendAtATimeCostsLittleMemory has publishers send nearly as much as they may,
// and then nothing more. Its control is a client that can put nothing on disk.
func TestWhatManySendAtATimeCostsLittleMemory(t *testing.T) {
	const publishers, size = 12, 6 << 20
	grown := func(beside string) int {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := newClient(t, fetch.Options{Beside: beside})
		var sent atomic.Int32
		all := make(chan struct{})
		text := strings.Repeat("x", size)
		w := newWire(t, "127.0.0.1:0", func(_ *http.Request, conn net.Conn) {
			// Once the last of it is written, all but what the system holds was read.
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size+1, text)
			if sent.Add(1) == publishers {
				close(all)
			}
			_, _ = conn.Read(make([]byte, 1)) // until the client goes
		})
		before := alive()
		done := make(chan error, publishers)
		for range publishers {
			go func() {
				_, err := c.Fetch(ctx, fetch.Target{URL: w.url()})
				done <- err
			}()
		}
		<-all
		held := alive() - before
		cancel()
		for range publishers {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		return held
	}
	if held := grown(filepath.Join(t.TempDir(), "store")); held > 24<<20 {
		t.Errorf("%d MiB are held in memory", held>>20)
	}
	if held := grown(filepath.Join(t.TempDir(), "none", "store")); held < publishers*size/4 {
		t.Errorf("%d MiB without a disk: it was no test", held>>20)
	}
}

// alive is what is on the heap and is not garbage, in bytes.
func alive() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools kept
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
