use std::io::{Cursor, Write};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};

use super::*;

fn lines(many: usize) -> Vec<u8> {
    (0..many).flat_map(|at| format!("line {at} {}\n", at * 7919 % 10_007).into_bytes()).collect()
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

/// Writes an archive of these members and a directory entry.
fn fill<W: Write + io::Seek>(mut writer: ZipWriter<W>, members: &[(&str, &[u8])], options: SimpleFileOptions) -> W {
    writer.add_directory("folder/", options).unwrap();
    for (name, text) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap()
}

fn packed(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    fill(ZipWriter::new(Cursor::new(Vec::new())), members, options).into_inner()
}

/// An archive whose writer could not go back: sizes stand behind the members.
fn streamed(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, text) in members {
        writer.start_file(*name, options(CompressionMethod::Deflated)).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

type Told = (String, Result<Vec<u8>, String>);

/// Reads all members, `bad` names left unread, and what was wrong with the archive.
fn read(bytes: &[u8], by_index: bool) -> (Vec<Told>, Option<String>) {
    let nest = Nest::of(Cursor::new(bytes.to_vec()));
    let index = by_index.then(|| index(&mut Cursor::new(bytes), 100));
    let mut zip = Zip::new(Box::new(nest.raw.clone()), index, nest.clone());
    let mut found = Vec::new();
    loop {
        match zip.next_file() {
            Ok(Some(member)) => {
                let text = member.content.and_then(|mut stream| {
                    let mut text = Vec::new();
                    if member.path.contains("passed") {
                        return Ok(text);
                    }
                    stream.read_to_end(&mut text).map(|_| text).map_err(|error| error.to_string())
                });
                found.push((member.path, text));
            }
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error.to_string())),
        }
    }
}

#[test]
fn members_come_by_directory_and_by_their_own_headers() {
    let long = lines(50_000);
    let members: [(&str, &[u8]); 4] = [("a.log", b"one\n"), ("passed", &long), ("empty", b""), ("../../etc/b.log", &long)];
    let wide = options(CompressionMethod::Deflated).large_file(true);
    for bytes in [packed(&members, options(CompressionMethod::Stored)), packed(&members, wide), streamed(&members)] {
        for by_index in [true, false] {
            let (found, problem) = read(&bytes, by_index);
            assert_eq!(problem, None);
            assert_eq!(found.len(), 4);
            for ((name, text), (path, read)) in members.iter().zip(&found) {
                assert_eq!(name, path);
                assert!(*path == "passed" || read.as_deref() == Ok(*text), "{name} by index: {by_index}");
            }
        }
    }
    let (found, problem) = read(&packed(&[], options(CompressionMethod::Stored)), true);
    assert_eq!((found.len(), problem), (0, None));
}

#[test]
fn an_archive_that_is_cut_is_used_as_far_as_it_goes() {
    let long = lines(50_000);
    let members: [(&str, &[u8]); 2] = [("a.log", b"one\n"), ("b.log", &long)];
    let whole = packed(&members, options(CompressionMethod::Deflated));
    // Without its directory, everything is still there.
    let (found, problem) = read(&whole[..whole.len() - 10], true);
    assert_eq!(found.len(), 2);
    assert!(problem.unwrap().contains("its directory cannot be used"));
    // Cut inside the last member.
    for bytes in [whole, streamed(&members)] {
        let (found, problem) = read(&bytes[..bytes.len() / 2], true);
        assert_eq!(found[0], ("a.log".into(), Ok(b"one\n".to_vec())));
        assert!(found[1].1.as_ref().unwrap_err().starts_with("zip archive ends early (byte "), "{:?}", found[1].1);
        assert!(problem.is_some());
    }
}

#[test]
fn damage_costs_the_member_it_is_in() {
    let text = lines(2000);
    let mut bytes = packed(&[("a.log", &text), ("b.log", &text)], options(CompressionMethod::Stored));
    let at = memchr::memmem::find(&bytes, b"line 100 ").unwrap();
    bytes[at] = b'L';
    let (found, problem) = read(&bytes, true);
    assert!(found[0].1.as_ref().unwrap_err().contains("does not fit its checksum"));
    assert_eq!((found[1].1.as_deref(), problem), (Ok(&text[..]), None));
    // A member's own header is gone: the directory leads on to the next.
    let mut bytes = packed(&[("a.log", &text), ("b.log", &text)], options(CompressionMethod::Stored));
    let at = memchr::memmem::find(&bytes, b"a.log").unwrap() - LOCAL_BYTES;
    bytes[at] = b'x';
    let (found, _) = read(&bytes, true);
    assert!(found[0].1.as_ref().unwrap_err().contains("no member begins here"));
    assert_eq!(found[1].1.as_deref(), Ok(&text[..]));
}

#[test]
fn members_that_lie_over_each_other_are_read_once() {
    let text = lines(2000);
    let mut bytes = packed(&[("a.log", &text), ("b.log", &text), ("c.log", &text)], options(CompressionMethod::Stored));
    // All directory entries point at the first file's header.
    let first = memchr::memmem::find(&bytes, b"a.log").unwrap() - LOCAL_BYTES;
    let central: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    // The folder's own entry stays as it is.
    for at in central.into_iter().skip(1) {
        bytes[at + 42..at + 46].copy_from_slice(&(first as u32).to_le_bytes());
    }
    let (found, _) = read(&bytes, true);
    let read: Vec<_> = found.iter().filter(|(_, text)| text.is_ok()).collect();
    assert_eq!(read.len(), 1);
    assert_eq!(found.iter().filter(|(_, text)| text.as_ref().is_err_and(|why| why.contains("lies over another"))).count(), 2);
}

#[test]
fn what_cannot_be_unpacked_is_told_and_the_rest_goes_on() {
    let mut bytes = packed(&[("a.log", b"one\n"), ("b.log", b"two\n")], options(CompressionMethod::Stored));
    for (mark, method, flags) in [(&b"PK\x03\x04"[..], 8, 6), (b"PK\x01\x02", 10, 8)] {
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, mark).filter(|at| bytes[at + method - 4..].len() > 40).collect();
        // The second entry is the directory's first file: the folder comes first.
        bytes[places[1] + method] = 9;
        bytes[places[2] + flags] |= 1;
    }
    for by_index in [true, false] {
        let (found, problem) = read(&bytes, by_index);
        assert_eq!(found[0].1, Err("compressed by deflate64: not read (unpack it first)".into()));
        assert_eq!(found[1].1, Err("encrypted: not read".into()));
        assert_eq!(problem, None);
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let whole = [packed(&[("a.log", &lines(300)), ("b.log", b"x")], options(CompressionMethod::Deflated)), streamed(&[("a.log", &lines(300))])];
    for bytes in whole {
        for at in 0..bytes.len() {
            for value in [0, 0xFF] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                drop(read(&bytes, true));
                drop(read(&bytes, false));
            }
        }
    }
}
