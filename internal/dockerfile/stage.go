package dockerfile

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Through is the part of a Dockerfile that decides a stage: the text up to the
// stage's end, or to the end of a later one that files are copied or mounted
// from. All of the text counts where no stage has the name, and where BuildKit
// cannot read it: the build will say what is wrong.
func Through(text []byte, name string) []byte {
	stages := stagesOf(text)
	end := find(stages, name)
	if end < 0 {
		return text
	}
	for i := 0; i <= end; i++ {
		for _, from := range stages[i].from {
			end = max(end, find(stages, from))
		}
	}
	if end+1 == len(stages) {
		return text
	}
	return text[:start(text, stages[end+1].line)]
}

type stage struct {
	name string
	line int      // of its FROM, the first is 1
	from []string // what its --from= and from= name: a stage, its number, or an image
}

// last is the file that was read last: its stages are asked for ten times a run,
// and BuildKit's parser takes half a millisecond.
var last atomic.Pointer[file]

type file struct {
	text   []byte
	stages []stage
}

// stagesOf is nil for a text that is no Dockerfile.
func stagesOf(text []byte) []stage {
	if f := last.Load(); f != nil && bytes.Equal(f.text, text) {
		return f.stages
	}
	f := &file{bytes.Clone(text), read(text)}
	last.Store(f)
	return f.stages
}

func read(text []byte) (stages []stage) {
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	for _, n := range result.AST.Children {
		if strings.EqualFold(n.Value, "FROM") {
			stages = append(stages, stage{name: nameOf(n), line: n.StartLine})
		} else if len(stages) > 0 {
			s := &stages[len(stages)-1]
			s.from = append(s.from, sources(n)...)
		}
	}
	return stages
}

// nameOf is the third word of FROM image AS name, or "".
func nameOf(from *parser.Node) string {
	words := []string{}
	for n := from.Next; n != nil; n = n.Next {
		words = append(words, n.Value)
	}
	if len(words) < 3 {
		return ""
	}
	return words[2]
}

var source = regexp.MustCompile(`(?i)\bfrom=([^,"]+)`)

// sources are named by the flags of COPY and RUN, or of those that ONBUILD holds.
func sources(n *parser.Node) (names []string) {
	for _, flag := range n.Flags {
		for _, m := range source.FindAllStringSubmatch(flag, -1) {
			names = append(names, m[1])
		}
	}
	if n.Next != nil {
		for _, held := range n.Next.Children {
			names = append(names, sources(held)...)
		}
	}
	return names
}

// find is the index of the stage that BuildKit takes for a name or number: the
// last of that name. It is -1 where there is none.
func find(stages []stage, name string) int {
	for i := len(stages) - 1; i >= 0; i-- {
		if strings.EqualFold(stages[i].name, name) || strconv.Itoa(i) == name {
			return i
		}
	}
	return -1
}

// start is the offset of a line.
func start(text []byte, line int) (offset int) {
	for l := range bytes.Lines(text) {
		if line--; line == 0 {
			break
		}
		offset += len(l)
	}
	return offset
}
