package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestALineOfTheLogIsNeverWrittenIntoTheBar(t *testing.T) {
	var screen bytes.Buffer
	c := &console{w: &screen, terminal: true}
	c.show(1, 3)
	if !strings.Contains(screen.String(), "1/3") {
		t.Fatalf("no bar is drawn: %q", screen.String())
	}
	drawn := screen.Len()
	if _, err := c.Write([]byte("a line\n")); err != nil {
		t.Fatal(err)
	}
	if got := screen.String()[drawn:]; !strings.HasPrefix(got, "\r") || !strings.HasSuffix(got, "\ra line\n") {
		t.Errorf("the bar is not wiped before the line: %q", got)
	}
	c.show(2, 3)
	c.clear()
	if got := screen.String(); !strings.Contains(got, "2/3") || !strings.HasSuffix(got, "\r") {
		t.Errorf("the bar is not drawn again, or is left behind: %q", got)
	}
}

func TestThereIsNoBarWhereNobodyLooks(t *testing.T) {
	var log bytes.Buffer
	c := newConsole(&log)
	c.show(1, 3)
	c.clear()
	if log.Len() > 0 {
		t.Errorf("got %q", log.String())
	}
}
