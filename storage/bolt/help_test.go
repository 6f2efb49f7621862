//go:build linux

package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestMain runs the tests, or what a test asked a child process to do.
func TestMain(m *testing.M) {
	path := os.Getenv("SLUICE_BOLT_PATH")
	children := map[string]func(path string) error{
		"hold": childHold, "write": childWrite, "full": childFull, "tell": childTell, "compact": childCompact, "retain": childRetain, "tight": childTight,
	}
	if run := children[os.Getenv("SLUICE_BOLT_CHILD")]; run != nil {
		if err := run(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child starts the test binary as another process that does what the word says.
func child(t *testing.T, what, path string) (cmd *exec.Cmd, in io.WriteCloser, out *bufio.Scanner) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "SLUICE_BOLT_CHILD="+what, "SLUICE_BOLT_PATH="+path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, in, bufio.NewScanner(pipe)
}

// childHold opens the store and keeps it until its input ends.
func childHold(path string) error {
	s, err := bolt.Open(context.Background(), path, bolt.Options{})
	if err != nil {
		return err
	}
	fmt.Println("held")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return s.Close()
}

// childWrite stores two articles a poll for ever and names each that was
// acknowledged, with the polls of two sources going on at once.
func childWrite(path string) error {
	ctx := context.Background()
	s, err := bolt.Open(ctx, path, bolt.Options{})
	if err != nil {
		return err
	}
	if _, err := s.SetSources(ctx, []feed.Source{source("a"), source("b")}); err != nil {
		return err
	}
	from := 0
	for {
		page, err := s.After(ctx, uint64(from), 1000)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		from += len(page)
	}
	errs := make(chan error)
	for _, name := range []string{"a", "b"} {
		go func() {
			for i := from; ; i += 2 {
				at := start.Add(time.Duration(i) * time.Second)
				if _, err := poll(ctx, s, name, at, article(name, i), article(name, i+1)); err != nil {
					errs <- err
					return
				}
				fmt.Printf("%s %d\n", name, i)
			}
		}()
	}
	return <-errs
}

// childFull writes until the file may not grow any more, and reports what the
// store says of that.
func childFull(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	s, err := bolt.Open(ctx, path, bolt.Options{})
	if err != nil {
		return err
	}
	if _, err := s.SetSources(ctx, []feed.Source{source("a")}); err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	stored := 0
	for stored < 5000 {
		var doc []feed.Article
		for i := range 20 {
			doc = append(doc, article("a", stored+i))
		}
		if _, err = poll(ctx, s, "a", start.Add(time.Duration(stored)*time.Second), doc...); err != nil {
			break
		}
		stored += len(doc)
	}
	if !errors.Is(err, storage.ErrFailed) {
		return fmt.Errorf("a full disk gave %w", err)
	}
	if err := s.Publish(ctx, feed.Publication{Output: "o"}); !errors.Is(err, storage.ErrFailed) {
		return fmt.Errorf("a later write gave %w", err)
	}
	all, err := s.After(ctx, 0, 1<<20)
	if err != nil || len(all) < stored {
		return fmt.Errorf("%d articles can be read of %d stored: %w", len(all), stored, err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	fmt.Println(stored)
	return nil
}

func source(name string) feed.Source {
	return feed.Source{Name: feed.SourceID(name), URL: "https://" + name + ".example/feed"}
}

// article is an item of about 2 KB that shares little with others.
func article(site string, n int) feed.Article { return bolttest.Article(site, n) }

// poll brings articles to a store.
func poll(
	ctx context.Context, s storage.Store, name string, at time.Time, articles ...feed.Article,
) (storage.Merged, error) {
	c, err := s.ClaimSource(ctx, at, feed.SourceID(name), time.Minute)
	if err != nil {
		return storage.Merged{}, err
	}
	st := c.State
	st.Status, st.LastSuccess, st.NextPoll = feed.StatusOK, at, at.Add(time.Hour)
	return s.Merge(ctx, storage.Delivery{
		Claim: &c, At: at, Articles: articles, State: st, Authority: "feeds.example",
	})
}

// filled makes a closed store with some hundred articles and returns its path.
func filled(tb testing.TB, articles int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "sluice.db")
	s, err := bolt.Open(tb.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := s.SetSources(tb.Context(), []feed.Source{source("a"), source("b")}); err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < articles; i += 10 {
		var doc []feed.Article
		for j := range 10 {
			doc = append(doc, article("a", i+j))
		}
		if _, err := poll(tb.Context(), s, "a", start.Add(time.Duration(i)*time.Minute), doc...); err != nil {
			tb.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// content returns all articles with texts.
func content(ctx context.Context, s *bolt.Store) ([]feed.Stored, error) {
	all, err := s.After(ctx, 0, 1<<20)
	if err != nil {
		return nil, err
	}
	return all, s.Fill(ctx, all)
}

// number reads "name 12".
func number(line string) (name string, n int, err error) {
	name, digits, _ := strings.Cut(line, " ")
	n, err = strconv.Atoi(digits)
	return name, n, err
}
