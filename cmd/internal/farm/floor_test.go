package farm_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/mmcdole/gofeed"
	"go.etcd.io/bbolt"
)

// A floor is the least that a program can do which fetches the same feeds with
// the same libraries: what sluice costs above it is sluice's own. Floors run as
// child processes of the benchmark, one sweep each, so that their CPU time and
// memory are theirs alone.
//
//	floor-get     conditional GET, body thrown away
//	floor-gofeed  … gunzip and gofeed.Parse
//	floor-store   … items as JSON in bbolt, known ones skipped, fsync, 64 feeds a transaction
const (
	floorGet    = "floor-get"
	floorGofeed = "floor-gofeed"
	floorStore  = "floor-store"
)

const (
	sweepers  = 64 // requests at a time, as sluice is configured
	feedsATxn = 64
)

// floorMain is the child's main: the mode, and a folder that holds urls.json
// and keeps what the next sweep needs.
func floorMain(mode, dir string) error {
	var urls []string
	if err := readJSON(filepath.Join(dir, "urls.json"), &urls); err != nil {
		return err
	}
	s := sweep{mode: mode, validators: map[string]string{}}
	tags := filepath.Join(dir, "validators.json")
	if err := readJSON(tags, &s.validators); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if mode == floorStore {
		db, err := bbolt.Open(filepath.Join(dir, "store.db"), 0o600, nil)
		if err != nil {
			return err
		}
		s.db = db
	}
	err := s.run(urls)
	if s.db != nil {
		err = cmp.Or(err, s.db.Close())
	}
	return cmp.Or(err, writeJSON(tags, s.validators), json.NewEncoder(os.Stdout).Encode(s.tally))
}

// tally is what a floor reports, so that the benchmark knows that it worked.
type tally struct {
	Changed, New int
	NotModified  int `json:"not_modified"`
}

type sweep struct {
	mode       string
	db         *bbolt.DB
	validators map[string]string // of each address; read by all, written at the end
	tally      tally
}

// result is one polled feed.
type result struct {
	url, etag string
	items     []*gofeed.Item
	err       error
}

func (s *sweep) run(urls []string) error {
	work, results := make(chan string), make(chan result, sweepers)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: sweepers, DisableCompression: true}}
	var pollers sync.WaitGroup
	for range sweepers {
		pollers.Go(func() {
			for url := range work {
				results <- s.poll(client, url)
			}
		})
	}
	go func() {
		for _, url := range urls {
			work <- url
		}
		close(work)
		pollers.Wait()
		close(results)
	}()
	var batch []result
	var errs []error
	fresh := map[string]string{}
	for r := range results {
		switch {
		case r.err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", r.url, r.err))
			continue
		case r.etag == "":
			s.tally.NotModified++
			continue
		}
		s.tally.Changed++
		fresh[r.url] = r.etag
		if batch = append(batch, r); len(batch) == feedsATxn {
			errs = append(errs, s.store(batch))
			batch = nil
		}
	}
	errs = append(errs, s.store(batch))
	for url, etag := range fresh {
		s.validators[url] = etag
	}
	return errors.Join(errs...)
}

// poll asks for one feed; an empty etag in the result means 304.
func (s *sweep) poll(client *http.Client, url string) (r result) {
	r.url = url
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err != nil {
		r.err = err
		return r
	}
	req.Header.Set("Accept-Encoding", "gzip")
	if etag := s.validators[url]; etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	res, err := client.Do(req)
	if err != nil {
		r.err = err
		return r
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	switch res.StatusCode {
	case http.StatusNotModified:
		return r
	case http.StatusOK:
		r.etag = res.Header.Get("ETag")
	default:
		r.err = errors.New(res.Status)
		return r
	}
	if s.mode == floorGet {
		_, r.err = io.Copy(io.Discard, res.Body)
		return r
	}
	r.items, r.err = parseBody(res.Body)
	return r
}

func parseBody(body io.Reader) ([]*gofeed.Item, error) {
	z, err := gzip.NewReader(body)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return feed.Items, nil
}

// store keeps a batch in one transaction. An item is known by feed and guid, and
// is written where its text differs from what is there.
func (s *sweep) store(batch []result) error {
	if s.db == nil || len(batch) == 0 {
		return nil
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		items, err := tx.CreateBucketIfNotExists([]byte("items"))
		if err != nil {
			return err
		}
		for _, r := range batch {
			for _, it := range r.items {
				key := sha256.Sum256([]byte(r.url + "\x00" + it.GUID))
				value, err := json.Marshal(it)
				if err != nil {
					return err
				}
				old := items.Get(key[:])
				if bytes.Equal(old, value) {
					continue
				}
				if old == nil {
					s.tally.New++
				}
				if err := items.Put(key[:], value); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func readJSON(name string, into any) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func writeJSON(name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(name, raw, 0o600)
}

// childVar names the environment variable that makes the test binary a floor:
// MODE=FOLDER.
const childVar = "SLUICE_FARM_FLOOR"

// runFloor reports whether this process is a floor and with what exit status.
func runFloor() (status int, isFloor bool) {
	mode, dir, ok := strings.Cut(os.Getenv(childVar), "=")
	if !ok {
		return 0, false
	}
	if err := floorMain(mode, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}
