//! What the compiler says about a function that cannot be a tool: one fault, one sentence.

#[test]
#[ignore = "needs the compiler version its goldens were written with"]
fn each_fault_has_one_message() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
