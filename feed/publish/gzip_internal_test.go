package publish

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
	kgzip "github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"
)

// text is about n bytes of an entry of that number, that are like others in part.
func text(number, n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		x := uint32(number*7919+i) * 2654435761
		fmt.Fprintf(&b, "<p>The <b>tide</b> of %x was %d feet at <a href=\"https://harbour.example/%x\">the pier</a>, said %x.</p>", x>>16, x%97, x>>8, x%4099)
	}
	return b.Bytes()
}

// bodyOf is a document of these entries.
func bodyOf(head string, entries [][]byte) []byte {
	b := []byte(head)
	for _, e := range entries {
		b = append(append(append(b, "<entry>"...), e...), "</entry>"...)
	}
	return append(b, "</feed>"...)
}

// zipped is the gzip of a body after others.
func zipped(z *zipper, contentType string, body []byte) ([]byte, error) {
	pieces := z.divide(contentType, body)
	out, err := gzip(pieces, body)
	z.keep(pieces)
	return out, err
}

func piecesOfAtom(body []byte) []int { return piecesOf(body, entryBegins[typeAtom]) }

// TestGzipIsOfTheDocumentAloneAndAllDecodersReadIt has documents that come out of one
// another compressed by one zipper, and each by one that knows none of the others.
func TestGzipIsOfTheDocumentAloneAndAllDecodersReadIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var z zipper
		var entries [][]byte
		for i := range rapid.IntRange(0, 40).Draw(t, "entries") {
			entries = append(entries, text(i, 1+rapid.IntRange(0, 20_000).Draw(t, "size")))
		}
		for i := range rapid.IntRange(1, 5).Draw(t, "changes") {
			switch {
			case len(entries) > 0 && rapid.Bool().Draw(t, "edit"):
				entries = slices.Clone(entries)
				entries[rapid.IntRange(0, len(entries)-1).Draw(t, "which")] = text(1000+i, 4000)
			default:
				entries = append([][]byte{text(2000+i, 4000)}, entries...)
			}
			b := bodyOf(fmt.Sprintf("<feed><updated>%d</updated>", i), entries)
			got, err := zipped(&z, typeAtom, b)
			if err != nil {
				t.Fatal(err)
			}
			want, err := zipped(new(zipper), typeAtom, b)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v: %d bytes after other documents, %d without them", err, len(got), len(want))
			}
			unzip(t, got, b)
			checkDeflate(t, b)
		}
	})
}

// checkDeflate has each piece compressed by a tool that was used before and by a new one.
func checkDeflate(t *rapid.T, body []byte) {
	for _, p := range new(zipper).divide(typeAtom, body) {
		before, text := p.raw[:p.before], p.raw[p.before:]
		got, err := deflate(nil, before, text)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		w, err := flate.NewWriterDict(&want, gzipLevel, before)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%v: %d bytes by a used compressor, %d by a new one", err, len(got), want.Len())
		}
	}
}

func unzip(t *rapid.T, zipped, want []byte) {
	std, err := stdgzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	std.Multistream(false)
	plain, err := io.ReadAll(std)
	if err != nil || !bytes.Equal(plain, want) {
		t.Fatalf("compress/gzip: %v, %d bytes of %d", err, len(plain), len(want))
	}
	other, err := kgzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err = io.ReadAll(other); err != nil || !bytes.Equal(plain, want) {
		t.Fatalf("klauspost/compress: %v, %d bytes of %d", err, len(plain), len(want))
	}
}

// hundredEntries are a document of half a megabyte.
func hundredEntries() [][]byte {
	var entries [][]byte
	for i := range 100 {
		entries = append(entries, text(i, 5000))
	}
	return entries
}

func TestGzipOfPiecesIsHardlyLarger(t *testing.T) {
	b := bodyOf("<feed>", hundredEntries())
	pieces, err := zipped(new(zipper), typeAtom, b)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := zipped(new(zipper), "text/plain", b)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(piecesOfAtom(b)); n < 6 || n > 30 {
		t.Errorf("%d pieces of %d bytes", n, len(b))
	}
	if float64(len(pieces)) > 1.05*float64(len(whole)) {
		t.Errorf("%d bytes in pieces, %d as a whole", len(pieces), len(whole))
	}
}

func TestAChangeCompressesWhatChanged(t *testing.T) {
	entries := hundredEntries()
	before := piecesIn(bodyOf("<feed>", entries))
	for name, changed := range map[string][][]byte{
		"an edit":             slices.Concat(entries[:50], [][]byte{text(1000, 5000)}, entries[51:]),
		"one comes, one goes": slices.Concat([][]byte{text(1000, 5000)}, entries[:99]),
	} {
		again := 0
		for piece := range piecesIn(bodyOf("<feed>", changed)) {
			if !before[piece] {
				again += len(piece)
			}
		}
		if again == 0 || again > 2*pieceMost {
			t.Errorf("%s: %d bytes are compressed again", name, again)
		}
	}
}

func piecesIn(b []byte) map[string]bool {
	pieces, from := map[string]bool{}, 0
	for _, to := range piecesOfAtom(b) {
		pieces[string(b[from:to])] = true
		from = to
	}
	return pieces
}

// TestGzipItselfReadsIt has the program that all others follow read a document.
func TestGzipItselfReadsIt(t *testing.T) {
	path, err := exec.LookPath("gzip")
	if err != nil {
		t.Log("gzip is not installed: two other decoders read it elsewhere")
		return
	}
	b := bodyOf("<feed>", hundredEntries())
	out, err := zipped(new(zipper), typeAtom, b)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-dc")
	cmd.Stdin = bytes.NewReader(out)
	var said strings.Builder
	cmd.Stderr = &said
	plain, err := cmd.Output()
	if err != nil || said.String() != "" || !bytes.Equal(plain, b) {
		t.Errorf("gzip: %v %s, %d bytes of %d", err, said.String(), len(plain), len(b))
	}
}
