package publish_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"sluice/feed/publish"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// decode undoes a coding.
func decode(t *testing.T, coding string, coded []byte) []byte {
	t.Helper()
	in := io.Reader(bytes.NewReader(coded))
	switch coding {
	case "br":
		in = brotli.NewReader(in)
	case "zstd":
		z, err := zstd.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		in = z
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		if !z.ModTime.IsZero() || z.Name != "" {
			t.Errorf("the header holds %v and %q", z.ModTime, z.Name)
		}
		in = z
	}
	plain, err := io.ReadAll(in)
	if err != nil {
		t.Fatalf("%s: %v", coding, err)
	}
	return plain
}

func TestEveryCodingIsTheBodyUnderATagOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := []byte(strings.Repeat("Some <b>words</b> that come again. ", 1000))
		r, err := publish.Represent("text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		tags := map[string]bool{r.ETag: true}
		var codings []string
		for _, c := range r.Coded {
			codings = append(codings, c.Coding)
			if tags[c.ETag] || c.ETag != strings.TrimSuffix(r.ETag, `"`)+"-"+c.Coding+`"` {
				t.Errorf("%s has the tag %s beside %s", c.Coding, c.ETag, r.ETag)
			}
			tags[c.ETag] = true
			if c.Coding == "br" {
				c.Body() // has it made
			}
			synctest.Wait()
			coded := c.Body()
			if len(coded) == 0 || len(coded) > len(body)/10 || !bytes.Equal(decode(t, c.Coding, coded), body) {
				t.Errorf("%s: %d bytes that are not the body", c.Coding, len(coded))
			}
			if again := c.Body(); &again[0] != &coded[0] {
				t.Errorf("%s is made at each request", c.Coding)
			}
		}
		if got := strings.Join(codings, " "); got != "br zstd gzip" {
			t.Errorf("codings %s", got)
		}
	})
}

func TestSmallBodiesAndNoiseAreNotCoded(t *testing.T) { synctest.Test(t, smallBodiesAndNoise) }

func smallBodiesAndNoise(t *testing.T) {
	small, err := publish.Represent("text/plain", []byte(strings.Repeat("x", 1000)))
	if err != nil || len(small.Coded) != 0 {
		t.Errorf("1000 bytes are coded: %v, %v", small.Coded, err)
	}
	noise := make([]byte, 4096)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	r, err := publish.Represent("text/plain", noise)
	for _, c := range r.Coded {
		if c.Body(); c.Coding == "gzip" {
			t.Errorf("what grows by gzip is kept: %v", r.Coded)
		}
	}
	synctest.Wait()
	for _, c := range r.Coded {
		if c.Body() != nil || err != nil {
			t.Errorf("what grows by %s is kept: %v", c.Coding, err)
		}
	}
}
