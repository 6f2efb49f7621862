package bolt

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// holder says which process has the file locked, as the end of a sentence, or
// nothing when the system does not tell: /proc/locks names locks by device and
// inode, and only processes of the own namespace.
func holder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return ""
	}
	defer func() { _ = locks.Close() }() // read only
	inode := fmt.Sprintf(":%d", stat.Ino)
	lines := bufio.NewScanner(locks)
	for lines.Scan() {
		// 1: FLOCK  ADVISORY  WRITE 4711 fe:01:131075 0 EOF
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[1] != "FLOCK" || !strings.HasSuffix(f[5], inode) {
			continue
		}
		if pid := f[4]; pid != "0" && pid != "-1" {
			return " by process " + pid
		}
	}
	return ""
}
