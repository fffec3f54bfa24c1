package reqfile

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

var boms = []struct {
	mark string
	name string
}{
	{"\xef\xbb\xbf", "utf-8"},
	{"\xff\xfe\x00\x00", "utf-32-le"}, // before UTF-16: its mark begins with UTF-16's
	{"\x00\x00\xfe\xff", "utf-32-be"},
	{"\xff\xfe", "utf-16-le"},
	{"\xfe\xff", "utf-16-be"},
}

var pep263 = regexp.MustCompile(`coding[:=][ \t\n\r\f\v]*([-A-Za-z0-9_.]+)`)

// decode turns a file's bytes into text: a byte order mark decides, else a
// PEP 263 comment in the first two lines, else it is UTF-8. line is where a
// byte does not fit. Pip would then try the locale's encoding, which makes the
// same file mean different things on two machines; that is refused here.
func decode(data []byte) (text string, line int, f *pep508.Fault) {
	for _, b := range boms {
		if bytes.HasPrefix(data, []byte(b.mark)) {
			return decodeAs(data[len(b.mark):], b.name)
		}
	}
	head := bytes.SplitN(data, []byte("\n"), 3)
	for i, l := range head[:min(2, len(head))] {
		if len(l) == 0 || l[0] != '#' {
			continue
		}
		if m := pep263.FindSubmatch(l); m != nil {
			text, line, f = decodeAs(data, string(m[1]))
			if f != nil && line == 0 {
				line = i + 1
			}
			return text, line, f
		}
	}
	return decodeAs(data, "utf-8")
}

func decodeAs(data []byte, name string) (string, int, *pep508.Fault) {
	canonical := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch canonical {
	case "utf-8", "utf8", "u8", "utf", "cp65001", "utf-8-sig":
		return decodeUTF8(data)
	case "ascii", "us-ascii", "646":
		for i, b := range data {
			if b >= utf8.RuneSelf {
				return "", lineOf(data, i), pep508.Faultf(-1, "save the file as UTF-8, without the coding comment",
					"byte 0x%02x is not ASCII, the encoding that the file names", b)
			}
		}
		return string(data), 0, nil
	}
	e := lookupEncoding(canonical)
	if e == nil {
		return "", 0, pep508.Faultf(-1, "save the file as UTF-8, without the coding comment", "unknown encoding %q", name)
	}
	out, err := e.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", 0, pep508.Faultf(-1, "save the file as UTF-8", "the file is not %s, as its first bytes say", name)
	}
	return string(out), 0, nil
}

func decodeUTF8(data []byte) (string, int, *pep508.Fault) {
	if utf8.Valid(data) {
		return string(data), 0, nil
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return "", lineOf(data, i), pep508.Faultf(-1,
				"save the file as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-",
				"byte 0x%02x is not UTF-8", data[i])
		}
		i += n
	}
	return string(data), 0, nil
}

func lineOf(data []byte, at int) int { return bytes.Count(data[:at], []byte("\n")) + 1 }

// lookupEncoding knows Python's names for the encodings that such files have.
func lookupEncoding(name string) encoding.Encoding {
	switch name {
	case "utf-16-le", "utf-16le", "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16-be", "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "utf-32-le", "utf-32le", "utf-32":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "utf-32-be", "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "latin-1", "latin1", "l1", "latin", "iso8859-1", "iso-8859-1", "8859", "cp819":
		return charmap.ISO8859_1
	case "cp1252", "windows-1252", "1252":
		return charmap.Windows1252
	}
	if n, ok := strings.CutPrefix(name, "cp125"); ok {
		name = "windows-125" + n
	}
	if n, ok := strings.CutPrefix(name, "iso8859-"); ok {
		name = "iso-8859-" + n
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil {
		return nil
	}
	return e
}
