package setup

import (
	"regexp"
	"strconv"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// Line is a command as a shell reads it.
func Line(words ...string) string {
	quoted := make([]string, len(words))
	for n, w := range words {
		if !plainWord.MatchString(w) {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted[n] = w
	}
	return strings.Join(quoted, " ")
}

// fed is a command with a text as its standard input. The text must not have a
// line that is EOF.
func fed(command, text string) string {
	return command + " <<'EOF'\n" + strings.TrimSuffix(text, "\n") + "\nEOF"
}

// HCL is a text as a string of Terraform's.
func HCL(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

// Block is a block of Terraform's, in the form that its fmt gives it. A line is a
// `name = value`, or a block of its own.
func Block(head string, lines ...string) string {
	var b strings.Builder
	b.WriteString(head + " {\n")
	for n, l := range lines {
		name, value, ok := strings.Cut(l, " = ")
		if ok && !strings.Contains(l, "\n") {
			width := 0
			for _, beside := range neighbours(lines, n) {
				other, _, _ := strings.Cut(beside, " = ")
				width = max(width, len(other))
			}
			l = name + strings.Repeat(" ", width-len(name)) + " = " + value
		}
		for inner := range strings.SplitSeq(strings.TrimSuffix(l, "\n"), "\n") {
			b.WriteString("  " + inner + "\n")
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// neighbours are the lines around one that no block parts from it.
func neighbours(lines []string, n int) []string {
	from, to := n, n
	for from > 0 && !strings.Contains(lines[from-1], "\n") {
		from--
	}
	for to < len(lines) && !strings.Contains(lines[to], "\n") {
		to++
	}
	return lines[from:to]
}

// hclList is a list of texts.
func hclList(all []string) string {
	quoted := make([]string, len(all))
	for n, s := range all {
		quoted[n] = HCL(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Module is a Terraform module of a list.
func Module(list []Resource) string {
	blocks := []string{
		"# Made by gcpdeploy setup --terraform.\n",
		Block("terraform", Block("required_providers", `google = { source = "hashicorp/google", version = ">= 5.14" }`)),
	}
	for _, r := range list {
		if text := r.Terraform(); text != "" {
			blocks = append(blocks, text)
		}
	}
	return strings.Join(blocks, "\n")
}

// terraformLabels are the mark.
func terraformLabels() string { return "labels = { " + HCL(Label) + " = " + HCL(LabelValue) + " }" }
