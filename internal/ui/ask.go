package ui

import (
	"bufio"
	"fmt"
	"strings"
)

// Ask asks whoever is there whether to go on. Anything but yes is no. It is for
// Streams that say Answers.
func (s Streams) Ask(question string) bool {
	fmt.Fprint(s.Err, question+" [y/N] ")
	line, _ := bufio.NewReader(s.In).ReadString('\n') // the end of input is no
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
