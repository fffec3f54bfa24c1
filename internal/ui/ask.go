package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Ask asks whoever is there whether to go on. Anything but yes is no. It is for
// Streams that say Answers.
func (s Streams) Ask(question string) bool {
	fmt.Fprint(s.Err, question+" [y/N] ")
	answer, _ := s.line() // the end of input is no
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes"
}

// Choose asks whoever is there for one of some answers, by its number or as it is;
// nothing stands for the one that is proposed, "" = none is. Without an answer ok is
// false.
func (s Streams) Choose(question string, answers []string, proposed string) (answer string, ok bool) {
	fmt.Fprintln(s.Err, question)
	for n, a := range answers {
		fmt.Fprintf(s.Err, "  %2d  %s\n", n+1, a)
	}
	prompt := "number or name: "
	if proposed != "" {
		prompt = "number or name [" + proposed + "]: "
	}
	for {
		fmt.Fprint(s.Err, prompt)
		line, more := s.line()
		if line == "" && more {
			line = proposed
		}
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(answers) {
			line = answers[n-1]
		}
		if slices.Contains(answers, line) {
			return line, true
		}
		if !more {
			return "", false
		}
		fmt.Fprintln(s.Err, "that is none of them")
	}
}

// line is the next one of the input, which is read no further: there may be another
// question. more is false at its end.
func (s Streams) line() (text string, more bool) {
	var b strings.Builder
	for one := make([]byte, 1); ; {
		n, err := s.In.Read(one)
		if n == 1 && one[0] != '\n' {
			b.WriteByte(one[0])
		}
		if n == 1 && one[0] == '\n' || err != nil {
			return strings.TrimSpace(b.String()), err == nil
		}
	}
}
