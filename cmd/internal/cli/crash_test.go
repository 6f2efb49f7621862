package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/storage/bolt"
)

const (
	crashSources = 40
	crashItems   = 3 // that each round adds to each source
)

// TestKilledSweepLosesNothingThatWasCalledStored kills a sweep at random moments,
// again and again, and holds what the log called stored against the store.
func TestKilledSweepLosesNothingThatWasCalledStored(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	var round atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond) // so that sweeps have a middle
		_, _ = w.Write(growing(strings.TrimPrefix(r.URL.Path, "/"), int(round.Load())*crashItems))
	}))
	defer srv.Close()
	dir := t.TempDir()
	cfg := crashConfig(t, dir, srv.URL)

	stored := map[string]int{} // source → items that the log called stored
	kills := 0
	for r := 1; r <= rounds; r++ {
		round.Store(int64(r))
		after := time.Duration(rand.IntN(150)+30) * time.Millisecond
		acked, killed := killedSweep(t, cfg, after)
		if killed {
			kills++
		}
		for _, source := range acked {
			stored[source] = r * crashItems
		}
	}
	t.Logf("%d of %d sweeps were killed; %d sources acknowledged", kills, rounds, len(stored))
	if kills == 0 {
		t.Fatal("no sweep was killed: the test shows nothing")
	}
	missing(t, filepath.Join(dir, "store.db"), stored, false)

	// Started again, it completes what is missing, and stores nothing twice.
	out, err := child(t.Context(), t, "sync", "--all", "--json", "-c", cfg).Output()
	if err != nil {
		t.Fatalf("sync after the kills: %v", err)
	}
	var sum struct{ Failed int }
	if err := json.Unmarshal(out, &sum); err != nil || sum.Failed > 0 {
		t.Fatalf("sync after the kills: %s (%v)", out, err)
	}
	for i := range crashSources {
		stored[fmt.Sprintf("s%d", i)] = rounds * crashItems
	}
	missing(t, filepath.Join(dir, "store.db"), stored, true)
}

// growing is a feed of n items.
func growing(name string, n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<rss version=\"2.0\"><channel><title>%s</title><link>https://%s.example/</link><description>d</description>\n", name, name)
	for i := n; i >= 1; i-- {
		fmt.Fprintf(&b, "<item><guid isPermaLink=\"false\">%d</guid><title>%s %d</title><link>https://%s.example/%d</link><description>Text %d.</description></item>\n", i, name, i, name, i, i)
	}
	b.WriteString("</channel></rss>\n")
	return b.Bytes()
}

func crashConfig(t *testing.T, dir, base string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "storage: {path: %q}\n", filepath.Join(dir, "store.db"))
	b.WriteString("ingest: {allow_private: [127.0.0.1], workers: 4, per_host: {parallel: 4, spacing: 0s}}\nsources:\n")
	for i := range crashSources {
		fmt.Fprintf(&b, "  - {name: s%d, url: \"%s/s%d\"}\n", i, base, i)
	}
	b.WriteString("outputs:\n  - name: all\n")
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// child is the program as a process of its own.
func child(ctx context.Context, tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	return cmd
}

// killedSweep runs a sweep, kills it after a while, and returns the sources
// whose polls its log called stored.
func killedSweep(t *testing.T, cfg string, after time.Duration) (acked []string, killed bool) {
	t.Helper()
	cmd := child(t.Context(), t, "sync", "--all", "--log-format=json", "-c", cfg)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended by itself
	defer timer.Stop()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Msg, Source, Outcome string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "polled" && line.Outcome == "changed" {
			acked = append(acked, line.Source)
		}
	}
	return acked, cmd.Wait() != nil
}

// missing checks that each source has the items 1 to n, none twice, and with
// exactly no more than these.
func missing(t *testing.T, path string, stored map[string]int, exactly bool) {
	t.Helper()
	store, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := store.Verify(t.Context()); err != nil {
		t.Errorf("verify: %v", err)
	}
	have := map[string]int{}
	for seq := uint64(0); ; {
		page, err := store.After(t.Context(), seq, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			seq = a.Seq
			have[string(a.Source)+"/"+a.GUID]++
		}
	}
	total := 0
	for source, n := range stored {
		total += n
		for i := 1; i <= n; i++ {
			if got := have[fmt.Sprintf("%s/%d", source, i)]; got != 1 {
				t.Errorf("%s item %d is stored %d times, want once", source, i, got)
			}
		}
	}
	if exactly && len(have) != total {
		t.Errorf("%d articles are stored, want %d", len(have), total)
	}
}
