# shellcheck shell=bash
# What came out of a test run: totals from TRX logs, and the share of the product's lines that the tests ran. Sourced;
# test.sh sets $results_root, $configuration and $filter and prints the totals.
: "${results_root:=}" "${configuration:=}" "${filter:=}"

passed=0
failed=0
skipped=0
problems=()

# The name of each failed test in a TRX log and the beginning of its message: the end of a run's output is all that some
# readers keep of it.
failed_tests() {
  awk '
    /<UnitTestResult / { name = ""; if (/outcome="Failed"/ && match($0, /testName="[^"]*"/)) name = substr($0, RSTART + 10, RLENGTH - 11) }
    name != "" && /<Message>/ { sub(/.*<Message>/, ""); sub(/<\/Message>.*/, ""); print name ": " substr($0, 1, 300); name = "" }
  ' "$1"
}

# Prints the output of a project that has ended and adds its results to the totals. Every UnitTestResult in the log is one
# test; an outcome other than Passed and NotExecuted (xunit's skip) is a failure.
count_project() {
  local file=$1 name dir status=143 seconds='?' outcomes all ok ignored bad
  name=$(basename "$file" .csproj)
  dir=$results_root/$name
  # Without these files the shell that ran the project was ended.
  if [ -s "$dir/status" ]; then read -r status seconds <"$dir/status"; fi
  say "$name ($seconds s)"
  cat "$dir/output.txt" || true

  if [ ! -s "$dir/results.trx" ]; then
    if [ "$status" -eq 0 ] && [ -n "$filter" ]; then return 0; fi
    # A project can be empty on purpose in one package set; it then says it is no test project.
    if [ "$(dotnet msbuild "$file" -p:Configuration="$configuration" -getProperty:IsTestProject)" != true ]; then
      echo "$name has no tests in this package set."
      return 0
    fi
    failed=$((failed + 1))
    problems+=("$name wrote no test results (dotnet test exit status $status)")
    return 0
  fi

  outcomes=$(grep -o '<UnitTestResult [^>]*' "$dir/results.trx" || true)
  all=$(grep -c . <<<"$outcomes" || true)
  ok=$(grep -c ' outcome="Passed"' <<<"$outcomes" || true)
  ignored=$(grep -c ' outcome="NotExecuted"' <<<"$outcomes" || true)
  bad=$((all - ok - ignored))
  passed=$((passed + ok))
  skipped=$((skipped + ignored))
  failed=$((failed + bad))

  if [ "$bad" -gt 0 ]; then
    problems+=("$name: $bad of $all tests failed")
    while IFS= read -r line; do problems+=("  $line"); done < <(failed_tests "$dir/results.trx")
  elif [ "$status" -ne 0 ]; then
    failed=$((failed + 1))
    problems+=("$name crashed or hung after $all tests (dotnet test exit status $status)")
  elif [ "$all" -eq 0 ] && [ -z "$filter" ]; then
    failed=$((failed + 1))
    problems+=("$name ran no test")
  fi
}

# report_coverage DIRECTORY: over all lcov files in it; a line counts as run when any project ran it.
report_coverage() {
  local files=()
  mapfile -t files < <(find "$1" -name coverage.info)
  say 'Coverage of the product by tests within their process'
  if [ "${#files[@]}" -eq 0 ]; then
    failed=$((failed + 1))
    problems+=('coverage was not measured')
    return 0
  fi
  awk -F'[:,]' -v root="$PWD/" '
    /^SF:/ { file = substr($0, 4); sub(root, "", file) }
    /^DA:/ {
      if (!((file, $2) in seen)) { seen[file, $2] = 0; lines[file]++; all++ }
      if ($3 > 0 && !seen[file, $2]) { seen[file, $2] = 1; ran[file]++; allran++ }
    }
    END {
      printf "%.1f %% of %d lines. The ten files with the most lines that no test runs:\n", 100 * allran / all, all
      for (file in lines) if (lines[file] > ran[file])
        printf "%5d of %4d lines (%3.0f %% run)  %s\n", lines[file] - ran[file], lines[file], 100 * ran[file] / lines[file], file | "sort -rn | head -n 10"
    }
  ' "${files[@]}"
}
