package publish

import (
	"testing"
	"testing/synctest"
)

func TestWhatIsMadeLaterKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finish, made := make(chan struct{}), 0
		body := later(func() []byte {
			<-finish
			made++
			return []byte("coded")
		})
		for range 3 {
			if got := body(); got != nil {
				t.Errorf("%q was there before it was made", got)
			}
		}
		close(finish)
		synctest.Wait()
		if got := string(body()); got != "coded" || made != 1 {
			t.Errorf("%q, made %d times", got, made)
		}
	})
}
