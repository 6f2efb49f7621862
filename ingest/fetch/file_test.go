package fetch_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/ingest/fetch"
)

func TestFilesAreReadAsSources(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("sub", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"feed.xml", "sub/my feed.xml"} {
		if err := os.WriteFile(name, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := newStrict(t, fetch.Options{})
	for _, address := range []string{
		"file:feed.xml", "file:./feed.xml", "file:sub/../feed.xml", "file:sub/my%20feed.xml",
		"file:" + dir + "/feed.xml", "file://" + dir + "/feed.xml", "file://localhost" + dir + "/feed.xml",
		"file://" + dir + "/sub/my%20feed.xml", "FILE:feed.xml",
	} {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: address})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if string(ans.Body) != document || ans.Status != 0 || ans.NotModified || ans.ETag == "" || ans.Freshness != 0 {
			t.Errorf("%s: %+v", address, ans)
		}
		if ans.Final == nil || ans.Final.Scheme != "file" || !filepath.IsAbs(ans.Final.Path) || ans.Final.Host != "" {
			t.Errorf("%s: final %v", address, ans.Final)
		}
	}
}

func TestAFileIsReadAgainWhenItChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feed.xml")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 2, 1, 12, 0, 0, 1, time.UTC)
	c := newStrict(t, fetch.Options{})
	write("one", at)
	first := mustFetch(t, c, fetch.Target{URL: "file:" + path})
	again := mustFetch(t, c, fetch.Target{URL: "file:" + path, ETag: first.ETag})
	if !again.NotModified || again.Body != nil || again.ETag != first.ETag {
		t.Errorf("%+v", again)
	}
	write("two", at.Add(time.Nanosecond))
	if ans := mustFetch(t, c, fetch.Target{URL: "file:" + path, ETag: first.ETag}); ans.NotModified || string(ans.Body) != "two" {
		t.Errorf("another time: %+v", ans)
	}
	write("three", at)
	if ans := mustFetch(t, c, fetch.Target{URL: "file:" + path, ETag: first.ETag}); ans.NotModified || string(ans.Body) != "three" {
		t.Errorf("another size: %+v", ans)
	}
}

func TestFilesThatCannotBeReadAreErrors(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("long.xml", []byte(strings.Repeat("x", 101)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	c := newStrict(t, fetch.Options{MaxBody: 100})
	for address, want := range map[string]string{
		"file:missing.xml":        "missing.xml: no such file",
		"file:" + dir:             "no regular file",
		"file:pipe":               "no regular file",
		"file:///dev/zero":        "no regular file",
		"file:long.xml":           "max_body",
		"file:long.xml/x":         "long.xml/x: not a directory",
		"file:":                   "names no file",
		"file://elsewhere/x":      "this machine",
		"file:%zz":                "no escape",
		"file:new%0Aline":         "no such file",
		"file:" + dir + "/a%00b":  "invalid argument",
		"file:../" + dir + "/../": "",
	} {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: address})
		if err == nil || !strings.Contains(err.Error(), want) || ans.Status != 0 || ans.Body != nil {
			t.Errorf("%s: %+v, %v", address, ans, err)
			continue
		}
		oneLine(t, err)
	}
	if _, err := c.Fetch(t.Context(), fetch.Target{URL: "file:long.xml"}); !errors.Is(err, fetch.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}
