package near

import (
	"testing"

	"pgregory.net/rapid"
)

func TestARollingHashIsThatOfEachRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 9).Draw(t, "k")
		text := make([]token, rapid.IntRange(k, 40).Draw(t, "words"))
		for i := range text {
			text[i].hash = rapid.Uint32().Draw(t, "hash")
		}
		r, out := newRoller(text, k), token{}
		for i := range len(text) - k + 1 {
			if got, want := r.next(out, text[i+k-1]), runHash(text[i:i+k]); got != want {
				t.Fatalf("run %d: %x, want %x", i, got, want)
			}
			out = text[i]
		}
	})
}

// TestMatchFindsWhatTwoTextsShare compares with looking everywhere.
func TestMatchFindsWhatTwoTextsShare(t *testing.T) {
	var m matcher
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Custom(func(t *rapid.T) token { return token{hash: rapid.Uint32Range(0, 3).Draw(t, "word")} })
		a, b := rapid.SliceOfN(word, 0, 30).Draw(t, "a"), rapid.SliceOfN(word, 0, 30).Draw(t, "b")
		k := rapid.IntRange(1, 5).Draw(t, "k")
		at := m.match(a, b, k)
		in := make([]bool, len(a))
		for i := 0; i+k <= len(a); i++ {
			for j := 0; j+k <= len(b); j++ {
				if sameRun(a[i:i+k], b[j:]) {
					for n := range k {
						in[i+n] = true
					}
				}
			}
		}
		for i, want := range in {
			switch {
			case at[i] >= 0 && a[i].hash != b[at[i]].hash:
				t.Fatalf("word %d is said to be word %d, which is another", i, at[i])
			case want && at[i] < 0 && len(b) <= maxChain:
				t.Fatalf("word %d stands in a run that both have", i)
			case !want && at[i] >= 0:
				t.Fatalf("word %d stands in no run that both have", i)
			}
		}
	})
}

func TestTheLexiconTellsNumbersAndDays(t *testing.T) {
	for text, want := range map[string]flag{
		"seven": number, "Zwölf": number, "7": number, "Monday": calendar, "février": calendar, "March": calendar | capital,
		"march": 0, "due": 0, "word": 0,
	} {
		d := Prepare("", text)
		if len(d.body) != 1 {
			t.Fatalf("%s: %d words", text, len(d.body))
		}
		if got := d.body[0].is & (number | calendar); got != want&(number|calendar) {
			t.Errorf("%s: %b", text, got)
		}
	}
}
