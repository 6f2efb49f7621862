package fetch

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// readFile reads a source on this machine. file:PATH is relative to the working
// directory, file:/PATH and file:///PATH begin at the root (RFC 8089).
func (c *Client) readFile(u *url.URL, t Target) (Answer, error) {
	path := u.Path
	if u.Opaque != "" {
		var err error
		if path, err = url.PathUnescape(u.Opaque); err != nil {
			return Answer{}, failf(nil, "the path has a %% that is no escape; write %%25")
		}
	}
	switch {
	case u.Host != "" && u.Host != "localhost":
		return Answer{}, failf(nil, "a file: address names a file of this machine; write file:PATH or file:///PATH")
	case path == "":
		return Answer{}, failf(nil, "the file: address names no file; write file:PATH")
	}
	name := clip(cmp.Or(t.Name, path))
	full, err := filepath.Abs(path)
	if err != nil {
		return Answer{}, failf(err, "file %s: %s", name, reason(err))
	}
	ans := Answer{Final: &url.URL{Scheme: "file", Path: filepath.ToSlash(full)}}
	// A pipe or a device would be waited for without end: look before opening.
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Answer{}, failf(err, "file %s: no such file; correct url, or put it there", name)
	case err != nil:
		return Answer{}, failf(err, "file %s: %s", name, reason(err))
	case !info.Mode().IsRegular():
		return Answer{}, failf(nil, "file %s: is no regular file; name one in url", name)
	}
	if t.ETag != "" && t.ETag == fileTag(info) {
		ans.NotModified, ans.ETag = true, t.ETag
		return ans, nil
	}
	ans.Body, ans.ETag, err = c.readRegular(full)
	if err != nil {
		return Answer{}, failf(err, "file %s: %s", name, reason(err))
	}
	return ans, nil
}

// readRegular returns the content of a file and the tag that goes with it.
func (c *Client) readRegular(path string) (body []byte, tag string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	if info.Size() > c.maxBody {
		return nil, "", tooLarge(c.maxBody)
	}
	body, err = fill(f, make([]byte, 0, info.Size()+1), info.Size()) // one more byte finds the end
	if err != nil && !errors.Is(err, errFull) {
		return nil, "", err
	}
	after, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	if int64(len(body)) != info.Size() || fileTag(after) != fileTag(info) {
		return nil, "", fmt.Errorf("%w: the file changed while it was read; write it elsewhere and rename it", ErrInterrupted)
	}
	return body, fileTag(info), nil
}

// fileTag tells versions of a file apart.
func fileTag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano())
}

// reason is what the system said, without the path that it repeats.
func reason(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error() + "; check the file and its mode"
	}
	return err.Error()
}
