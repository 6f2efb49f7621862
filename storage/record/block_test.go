package record_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sluice/storage/record"

	"pgregory.net/rapid"
)

// readBlock returns all texts of a block, read from the last to the first.
func readBlock(texts *record.Texts, b []byte) ([]record.Text, error) {
	block, err := record.OpenBlock(b)
	if err != nil {
		return nil, err
	}
	all := make([]record.Text, block.Len())
	var part record.Part
	for i := block.Len() - 1; i >= 0; i-- {
		text, ok := part.Text(i)
		if !ok {
			if part, err = texts.Part(block, i); err != nil {
				return nil, err
			}
			text, _ = part.Text(i)
		}
		if all[i] = text; text.IsEmpty() == block.Has(i) {
			return nil, fmt.Errorf("text %d is there: %v", i, block.Has(i))
		}
	}
	return all, nil
}

func TestABlockIsReadAsItWasWritten(t *testing.T) {
	texts := newTexts(t)
	text := rapid.Custom(func(tb *rapid.T) record.Text {
		long := strings.Repeat(rapid.StringN(0, 40, -1).Draw(tb, "words"), rapid.SampledFrom([]int{0, 1, 20, 1000}).Draw(tb, "times"))
		return record.Text{Summary: rapid.StringN(0, 20, -1).Draw(tb, "summary"), Content: long}
	})
	rapid.Check(t, func(tb *rapid.T) {
		all := rapid.SliceOfN(text, 1, record.MaxBlock).Draw(tb, "texts")
		got, err := readBlock(texts, texts.EncodeBlock(all))
		if err != nil || !slices.Equal(got, all) {
			tb.Fatalf("got %q, %v, want %q", got, err, all)
		}
	})
}

// prose is the text of an article of a source.
func prose(n int) record.Text {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	var b strings.Builder
	for range 300 {
		fmt.Fprintf(&b, "%c%c%c%c ", 'a'+rng.IntN(9), 'a'+rng.IntN(5), 'k'+rng.IntN(9), 'a'+rng.IntN(5))
	}
	return record.Text{Summary: b.String()[:60], Content: "<p>" + b.String() + "</p>"}
}

func TestABlockTakesLessThanItsTextsAlone(t *testing.T) {
	texts := newTexts(t)
	var all []record.Text
	alone := 0
	for n := range record.MaxBlock {
		all = append(all, prose(n))
		alone += len(texts.Encode(all[n].Summary, all[n].Content))
	}
	if n := len(texts.EncodeBlock(all)); n > alone*9/10 {
		t.Errorf("%d bytes, and %d alone", n, alone)
	}
}

func TestADamagedBlockIsFoundOut(t *testing.T) {
	texts := newTexts(t)
	var all []record.Text
	for n := range 40 { // in several parts
		all = append(all, prose(n))
	}
	whole := texts.EncodeBlock(all)
	step := max(len(whole)/3000, 1)
	for at := 0; at < len(whole); at += step {
		b := bytes.Clone(whole)
		b[at] ^= 1 << (at % 8)
		if got, err := readBlock(texts, b); !errors.Is(err, record.ErrInvalid) {
			t.Fatalf("byte %d of %d: read as %d texts, %v", at, len(b), len(got), err)
		}
		if _, err := readBlock(texts, whole[:at]); !errors.Is(err, record.ErrInvalid) {
			t.Fatalf("cut at %d of %d: %v", at, len(whole), err)
		}
	}
	if _, err := readBlock(texts, append(bytes.Clone(whole), 0)); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("a byte more: %v", err)
	}
}

// One part is read without the others, so that what is damaged elsewhere hides no article.
func TestATextIsReadWithoutTheOtherParts(t *testing.T) {
	texts := newTexts(t)
	var all []record.Text
	for n := range 40 {
		all = append(all, prose(n))
	}
	b := texts.EncodeBlock(all)
	b[len(b)-20] ^= 1
	block, err := record.OpenBlock(b)
	if err != nil {
		t.Fatal(err)
	}
	part, err := texts.Part(block, 0)
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := part.Text(0); !ok || text != all[0] {
		t.Errorf("got %q, %v", text, ok)
	}
	if _, err := texts.Part(block, 39); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("the damaged part: %v", err)
	}
}
