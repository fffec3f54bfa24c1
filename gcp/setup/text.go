package setup

import (
	"regexp"
	"strconv"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// line is a command as a shell reads it.
func line(words ...string) string {
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

// hcl is a text as a string of Terraform's.
func hcl(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

// block is a block of Terraform's.
func block(head string, lines ...string) string {
	var b strings.Builder
	b.WriteString(head + " {\n")
	for _, l := range lines {
		for inner := range strings.SplitSeq(strings.TrimSuffix(l, "\n"), "\n") {
			b.WriteString("  " + inner + "\n")
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// hclList is a list of texts.
func hclList(all []string) string {
	quoted := make([]string, len(all))
	for n, s := range all {
		quoted[n] = hcl(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Module is a Terraform module of a list.
func Module(list []Resource) string {
	blocks := []string{
		"# Made by gcpdeploy setup --terraform.\n",
		block("terraform", block("required_providers", `google = { source = "hashicorp/google", version = ">= 5.14" }`)),
	}
	for _, r := range list {
		if text := r.Terraform(); text != "" {
			blocks = append(blocks, text)
		}
	}
	return strings.Join(blocks, "\n")
}

// terraformLabels are the mark.
func terraformLabels() string { return "labels = { " + hcl(Label) + " = " + hcl(LabelValue) + " }" }
