//! Segments: what was gathered becomes an index that tantivy reads.
//!
//! In: terms with their documents. Out: the files of one segment. Must not know: what documents are, which words terms stand for.
//!
//! tantivy's own writer looks every word of every document up in a table that is made for much more than this; its serializer is given the finished lists
//! instead. All else that a segment has (stored fields, columns) is that of a segment without documents.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use tantivy::directory::{Directory as _, MmapDirectory};
use tantivy::index::SegmentComponent;
use tantivy::postings::InvertedIndexSerializer;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, SingleSegmentIndexWriter};

use super::FIELD;
use super::gather::Gathered;

/// Memory that a writer wants to be promised.
const BUDGET: usize = 16 << 20;
/// Where tantivy keeps what an index consists of.
const META: &str = "meta.json";

fn schema() -> (Schema, Field) {
    let mut builder = Schema::builder();
    // Terms are cut by whoever gathers them.
    let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
    let field = builder.add_text_field(FIELD, TextOptions::default().set_indexing_options(indexing));
    (builder.build(), field)
}

/// Writes a segment into an empty directory.
pub(super) fn write(path: &Path, gathered: &mut Gathered) -> tantivy::Result<()> {
    let (schema, field) = schema();
    let writer: SingleSegmentIndexWriter = Index::builder().schema(schema).single_segment_index_writer(MmapDirectory::open(path)?, BUDGET)?;
    let index = writer.finalize()?;
    let mut metas = index.load_metas()?;
    let Some(segment) = index.searchable_segments()?.into_iter().next() else {
        return Err(tantivy::TantivyError::InternalError("an index without a segment".into()));
    };
    for component in [SegmentComponent::Terms, SegmentComponent::Postings, SegmentComponent::Positions] {
        let file = path.join(segment.relative_path(component));
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    let documents = gathered.documents();
    let mut serializer = InvertedIndexSerializer::open(&segment)?;
    let mut lists = serializer.new_field(field, gathered.noted(), None)?;
    gathered.sorted(|term, documents| {
        lists.new_term(term, documents.len() as u32, false)?;
        for document in documents {
            lists.write_doc(*document, 1, &[]);
        }
        lists.close_term()
    })?;
    lists.close()?;
    serializer.close()?;
    metas.segments = vec![segment.with_max_doc(documents).meta().clone()];
    let mut text = serde_json::to_vec_pretty(&metas)?;
    writeln!(text)?;
    index.directory().atomic_write(Path::new(META), &text)?;
    Ok(())
}
